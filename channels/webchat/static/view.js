// How messages look.

import { el, icon, linked, paths } from './dom.js';
import { contactView, linkView, locationView, mediaView } from './media.js';
import { locale, t } from './texts.js';

const shownAtOnce = 7;

// A Question is the options of a message. Only the newest can be answered.
export class Question {
  constructor(entry, choose) {
    this.buttons = new Map();
    this.view = el('div', { className: entry.form === 'list' ? 'options list' : 'options', role: 'group', 'aria-label': t('answers') });
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
    const more = el('button', { type: 'button', className: 'option more' }, t('all', { n: count }));
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

const clock = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
const percent = new Intl.NumberFormat(locale, { style: 'percent' });

export const dayOf = (date) => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;

export function dayView(date) {
  const noon = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate(), 12);
  const ago = Math.round((noon(new Date()) - noon(date)) / 86_400_000);
  const word = ago === 0 ? t('today') : ago === 1 ? t('yesterday')
    : new Intl.DateTimeFormat(locale, ago < 7 ? { weekday: 'long' } : { dateStyle: 'long' }).format(date);
  return el('div', { className: 'day' }, el('span', {}, word));
}

// A Row is a message with its time and, if it is the visitor's, what became of it.
export class Row {
  constructor(entry, name, choose) {
    this.entry = entry;
    this.mine = entry.from === 'visitor';
    // What changes there, such as the progress of a file, is not read out.
    this.meta = el('div', { className: 'meta', 'aria-live': 'off' });
    this.question = entry.options?.length ? new Question(entry, choose) : null;
    this.content = el('div', { className: 'content' });
    this.view = el('div', { className: `row ${this.mine ? 'mine' : 'theirs'}` },
      el('span', { className: 'hidden' }, this.mine ? `${t('you')}:` : `${name}:`), this.content, this.meta);
    this.update(entry);
  }

  // update shows an entry in place of the one that was there.
  update(entry) {
    if (this.entry !== entry) this.release();
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

  // release lets go of a file of this browser that was shown.
  release() {
    for (const media of this.entry.media ?? []) if (media.preview) URL.revokeObjectURL(media.preview);
  }

  // delivered shows what became of the message; act is {word, run} of a button.
  delivered(word, reason, act) {
    this.view.classList.toggle('failed', word === 'failed');
    this.view.classList.toggle('sending', word === 'sending');
    this.bar = null;
    const time = el('time', { dateTime: this.at.toISOString() }, clock.format(this.at));
    const button = act ? el('button', { type: 'button', onclick: act.run }, act.word) : '';
    if (word === 'failed') this.meta.replaceChildren(...[el('span', {}, reason || t('not_sent')), button].filter(Boolean));
    else if (!this.mine) this.meta.replaceChildren(time);
    else if (word === 'sending') this.meta.replaceChildren(t('sending'));
    else this.meta.replaceChildren(time, icon(paths.check), el('span', { className: 'hidden' }, t('sent')));
  }

  // progress shows how far a file is, and a button that calls it back.
  progress(share, cancel) {
    if (!this.bar) {
      this.delivered('sending');
      this.bar = el('progress', { max: 1, 'aria-label': this.entry.media[0].name || t('file') });
      this.far = el('span');
      this.meta.replaceChildren(this.bar, this.far, el('button', { type: 'button', onclick: cancel }, t('cancel')));
    }
    this.bar.value = share;
    this.far.textContent = t('uploading', { n: percent.format(share) });
  }
}
