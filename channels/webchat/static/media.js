// How pictures, sounds, files, places and people look in a message.

import { anchor, el, icon, paths, web } from './dom.js';
import { size, t } from './texts.js';

function card(path, title, note) {
  return [el('span', { className: 'card-icon' }, icon(path)),
    el('span', { className: 'card-text' }, el('strong', { dir: 'auto' }, title), note ? el('small', { dir: 'auto' }, note) : '')];
}

function plainCard(path, title, note) { return el('div', { className: 'card' }, ...card(path, title, note)); }

function fileName(src, media) {
  try {
    return media.name || decodeURIComponent(new URL(src).pathname.split('/').pop()) || t('file');
  } catch { return t('file'); }
}

function fileCard(src, media) {
  return anchor(src, { className: 'card' }, ...card(paths.file, fileName(src, media), media.size > 0 ? size(media.size) : ''));
}

// gone stands for what can't be loaded: links to media end.
function gone(media) { return plainCard(paths.file, media.name || t('attachment'), t('gone')); }

function imageView(src, media) {
  const picture = el('img', { src, alt: media.name || t('image'), decoding: 'async' });
  const view = media.preview ? el('div', { className: 'picture' }, picture) : anchor(src, { className: 'picture' }, picture);
  picture.addEventListener('error', () => view.replaceWith(gone(media)));
  return view;
}

// mediaView shows media; preview is the address of a file of this browser that is
// on its way.
export function mediaView(media) {
  if (media.preview) return imageView(media.preview, media);
  const src = web(media.url);
  if (!media.url || !src) return plainCard(paths.file, media.name || t('attachment'), media.size > 0 ? size(media.size) : media.mime);
  const sounding = { src, controls: true, preload: 'metadata' };
  switch (media.kind) {
    case 'image': return imageView(src, media);
    case 'audio': return el('audio', { ...sounding, 'aria-label': media.name || t('audio') });
    case 'video': return el('video', { ...sounding, playsInline: true, 'aria-label': media.name || t('video') });
    default: return fileCard(src, media);
  }
}

export function locationView(place) {
  const at = `${place.latitude},${place.longitude}`;
  const map = `https://www.openstreetmap.org/?mlat=${place.latitude}&mlon=${place.longitude}#map=16/${at.replace(',', '/')}`;
  return anchor(map, { className: 'card' }, ...card(paths.pin, place.name || t('location'), place.address || at));
}

export function contactView(contact) {
  const ways = [
    ...(contact.phones ?? []).map((p) => el('a', { href: `tel:${p.replace(/[^+\d]/g, '')}`, dir: 'ltr' }, p)),
    ...(contact.emails ?? []).map((m) => el('a', { href: `mailto:${encodeURIComponent(m).replace('%40', '@')}`, dir: 'ltr' }, m)),
  ];
  const view = plainCard(paths.person, contact.name || t('contact'), '');
  view.lastChild.append(...ways.map((w) => el('small', {}, w)));
  return view;
}

export function linkView(link) {
  const href = web(link.url);
  return href ? anchor(href, { className: 'option link' }, el('span', { dir: 'auto' }, link.label || href), icon(paths.out)) : '';
}
