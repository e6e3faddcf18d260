// How messages look. All text of others goes in as text, never as markup, and
// only http and https addresses become links.

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== ''));
  return node;
}

function icon(path) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  shape.setAttribute('d', path);
  svg.append(shape);
  return svg;
}

const paths = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  file: 'M14 3H7a2 2 0 00-2 2v14a2 2 0 002 2h10a2 2 0 002-2V8zM14 3v5h5',
  pin: 'M12 21s7-6.3 7-11.5a7 7 0 10-14 0C5 14.7 12 21 12 21zM12 12a2.5 2.5 0 100-5 2.5 2.5 0 000 5z',
  person: 'M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20.5c1-4 4-6 7.5-6s6.5 2 7.5 6',
  out: 'M9 5H6a1 1 0 00-1 1v12a1 1 0 001 1h12a1 1 0 001-1v-3M13 5h6v6M19 5l-9 9',
};

// web returns an address that is safe to open, or "".
function web(address) {
  try {
    const url = new URL(address, location.href);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : '';
  } catch { return ''; }
}

function anchor(href, props, ...children) {
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow', ...props }, ...children);
}

// linked splits a text at its web addresses. What ends a sentence is not part of one.
function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'`]+/gi)) {
    let address = match[0].replace(/[.,:;!?…]+$/, '');
    while (address.endsWith(')') && address.split('(').length < address.split(')').length) address = address.slice(0, -1);
    const href = web(address);
    if (!href) continue;
    parts.push(text.slice(end, match.index), anchor(href, {}, address));
    end = match.index + address.length;
  }
  parts.push(text.slice(end));
  return parts;
}

const size = (bytes) => {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1000)));
  const form = { style: 'unit', unit: units[step], unitDisplay: 'short', maximumFractionDigits: step > 1 ? 1 : 0 };
  return new Intl.NumberFormat(undefined, form).format(bytes / 1000 ** step);
};

function card(path, title, note) {
  return [el('span', { className: 'card-icon' }, icon(path)),
    el('span', { className: 'card-text' }, el('strong', { dir: 'auto' }, title), note ? el('small', { dir: 'auto' }, note) : '')];
}

function fileCard(src, media) {
  let name = media.name || new URL(src).pathname.split('/').pop() || 'File';
  try { name = media.name || decodeURIComponent(name); } catch { /* stays as it is */ }
  return anchor(src, { className: 'card' }, ...card(paths.file, name, media.size > 0 ? size(media.size) : ''));
}

function mediaView(media) {
  const src = web(media.url);
  if (!media.url || !src) return el('div', { className: 'card' }, ...card(paths.file, media.name || 'Attachment', media.mime));
  const label = media.name || '';
  switch (media.kind) {
    case 'image': {
      const picture = el('img', { src, alt: label || 'Image', decoding: 'async' });
      const link = anchor(src, { className: 'picture' }, picture);
      picture.addEventListener('error', () => link.replaceWith(fileCard(src, media)));
      return link;
    }
    case 'audio': return el('audio', { src, controls: true, preload: 'metadata', 'aria-label': label || 'Audio' });
    case 'video': return el('video', { src, controls: true, playsInline: true, preload: 'metadata', 'aria-label': label || 'Video' });
    default: return fileCard(src, media);
  }
}

function locationView(place) {
  const at = `${place.latitude},${place.longitude}`;
  const map = `https://www.openstreetmap.org/?mlat=${place.latitude}&mlon=${place.longitude}#map=16/${at.replace(',', '/')}`;
  return anchor(map, { className: 'card' }, ...card(paths.pin, place.name || 'Location', place.address || at));
}

function contactView(contact) {
  const ways = [
    ...(contact.phones ?? []).map((p) => el('a', { href: `tel:${p.replace(/[^+\d]/g, '')}` }, p)),
    ...(contact.emails ?? []).map((m) => el('a', { href: `mailto:${encodeURIComponent(m).replace('%40', '@')}` }, m)),
  ];
  const view = el('div', { className: 'card' }, ...card(paths.person, contact.name || 'Contact', ''));
  view.lastChild.append(...ways.map((w) => el('small', {}, w)));
  return view;
}

function linkView(link) {
  const href = web(link.url);
  return href ? anchor(href, { className: 'option link' }, el('span', { dir: 'auto' }, link.label || href), icon(paths.out)) : '';
}

const shownAtOnce = 7;

// A Question is the options of a message. Only the newest can be answered.
export class Question {
  constructor(entry, choose) {
    this.buttons = new Map();
    this.view = el('div', { className: entry.form === 'list' ? 'options list' : 'options', role: 'group', 'aria-label': 'Answers' });
    const options = entry.options;
    const many = entry.form === 'list' && options.length > shownAtOnce + 1;
    options.forEach((option, i) => {
      const label = el('span', { className: 'label', dir: 'auto' }, option.label);
      const hint = option.hint ? el('small', { dir: 'auto' }, option.hint) : '';
      const button = el('button', { type: 'button', className: 'option', hidden: many && i >= shownAtOnce },
        el('span', { className: 'option-text' }, label, hint), icon(paths.check));
      button.addEventListener('click', () => choose({ id: option.id, title: option.label }));
      this.buttons.set(option.id, button);
      this.view.append(button);
    });
    if (many) this.view.append(this.#more(options.length));
  }

  #more(count) {
    const more = el('button', { type: 'button', className: 'option more' }, `Show all ${count}`);
    more.addEventListener('click', () => {
      more.remove();
      const hidden = [...this.buttons.values()].filter((b) => b.hidden);
      for (const button of hidden) button.hidden = false;
      hidden[0].focus();
    });
    return more;
  }

  close(chosen) {
    for (const [id, button] of this.buttons) {
      button.disabled = true;
      if (id === chosen) {
        button.classList.add('chosen');
        button.hidden = false;
        button.setAttribute('aria-pressed', 'true');
      }
    }
  }
}

const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

export const dayOf = (date) => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;

export function dayView(date) {
  const noon = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate(), 12);
  const ago = Math.round((noon(new Date()) - noon(date)) / 86_400_000);
  const word = ago === 0 ? 'Today' : ago === 1 ? 'Yesterday'
    : new Intl.DateTimeFormat(undefined, ago < 7 ? { weekday: 'long' } : { dateStyle: 'long' }).format(date);
  return el('div', { className: 'day' }, el('span', {}, word));
}

// A Row is a message with its time and, if it is the visitor's, what became of it.
export class Row {
  constructor(entry, name, choose) {
    this.entry = entry;
    this.mine = entry.from === 'visitor';
    this.meta = el('div', { className: 'meta' });
    this.question = entry.options?.length ? new Question(entry, choose) : null;
    this.content = el('div', { className: 'content' });
    this.view = el('div', { className: `row ${this.mine ? 'mine' : 'theirs'}` },
      el('span', { className: 'hidden' }, this.mine ? 'You:' : `${name}:`), this.content, this.meta);
    this.update(entry);
  }

  // update shows an entry in place of the one that was there.
  update(entry) {
    this.entry = entry;
    this.at = new Date(entry.at);
    const media = (entry.media ?? []).map(mediaView);
    const cards = [entry.location ? locationView(entry.location) : '', ...(entry.contacts ?? []).map(contactView)];
    const text = entry.text ? el('div', { className: 'text', dir: 'auto' }, ...linked(entry.text)) : '';
    const inside = [...media, ...cards, text].filter(Boolean);
    const links = (entry.links ?? []).map(linkView).filter(Boolean);
    this.content.replaceChildren(...[
      inside.length ? el('div', { className: inside.length > (text ? 1 : 0) ? 'bubble rich' : 'bubble' }, ...inside) : '',
      links.length ? el('div', { className: 'options' }, ...links) : '',
      this.question?.view ?? '',
    ].filter(Boolean));
    this.delivered(entry.failed ? 'failed' : 'sent');
  }

  // delivered shows what became of the message; act is {word, run} of a button.
  delivered(word, reason, act) {
    const time = el('time', { dateTime: this.at.toISOString() }, clock.format(this.at));
    this.view.classList.toggle('failed', word === 'failed');
    this.view.classList.toggle('sending', word === 'sending');
    if (word === 'failed') {
      const button = act ? el('button', { type: 'button', onclick: act.run }, act.word) : '';
      this.meta.replaceChildren(...[el('span', {}, reason || 'Not sent.'), button].filter(Boolean));
    } else if (!this.mine) this.meta.replaceChildren(time);
    else if (word === 'sending') this.meta.replaceChildren('Sending…');
    else this.meta.replaceChildren(time, icon(paths.check), el('span', { className: 'hidden' }, 'Sent'));
  }
}
