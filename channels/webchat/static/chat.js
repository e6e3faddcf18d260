// The page: puts messages where they belong, and hands what is written to the line.

import { compose, draft, focusText, reachesText, write } from './composer.js';
import { $ } from './dom.js';
import { framed, listen, tell, widget } from './frame.js';
import { keep } from './keep.js';
import { Line } from './line.js';
import { has, settings, size, t } from './texts.js';
import { Row, dayOf, dayView } from './view.js';

const [scroll, log, typing, jump, news] = ['scroll', 'log', 'typing', 'jump', 'news'].map($);
const name = document.title;
const together = 5 * 60 * 1000; // messages of one side within this time share a time
const still = matchMedia('(prefers-reduced-motion: reduce)');

let rows = []; // in the order of the page: those of the history, then those on their way
let question = null; // the one that can be answered
let live = false; // the history has been shown
let open = !widget; // the widget says when it shows the page
let read = null; // number of the newest entry that was seen; null at a first visit

const waiting = (row) => row.entry.n === undefined;

// -- scrolling and what was seen -------------------------------------------------

const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;

function toEnd(behavior = 'instant') {
  scroll.scrollTo({ top: scroll.scrollHeight, behavior });
}

// stay keeps the end in sight while change makes the page longer.
function stay(change) {
  const follow = atEnd();
  change();
  if (follow) toEnd();
}

function looked() {
  jump.hidden = atEnd();
  if (!live) return;
  const newest = rows.findLast((row) => !waiting(row))?.entry.n ?? 0;
  const seen = open && document.visibilityState === 'visible' && atEnd();
  if (read === null || (seen && newest > read)) {
    read = newest;
    keep.set('read', String(read));
  }
  const unread = rows.filter((row) => !row.mine && row.entry.n > read).length;
  document.title = unread ? `(${unread}) ${name}` : name;
  $('jump-text').textContent = unread ? t('new', { n: unread }) : t('latest');
  tell('unread', { count: unread });
}

let follows = true;
const follow = () => { if (follows) toEnd(); };
new ResizeObserver(follow).observe(scroll); // keyboards of phones
log.addEventListener('load', follow, true); // pictures get their size late
scroll.addEventListener('scroll', () => { follows = atEnd(); looked(); }, { passive: true });
document.addEventListener('visibilitychange', looked);
keep.on('read', (n) => { read = Math.max(read ?? 0, Number(n)); looked(); }); // seen in another tab
jump.addEventListener('click', () => {
  toEnd(still.matches ? 'instant' : 'smooth');
  if (reachesText()) focusText();
});

// -- messages --------------------------------------------------------------------

// place puts a row before those on their way, or at the end.
function place(row) {
  const next = waiting(row) ? -1 : rows.findIndex(waiting);
  const before = next < 0 ? null : rows[next].view;
  rows.splice(next < 0 ? rows.length : next, 0, row);
  if (before !== row.view) log.insertBefore(row.view, before);
  const day = dayOf(row.at);
  row.view.dataset.day = day;
  if (row.view.previousElementSibling?.dataset.day !== day) {
    const line = dayView(row.at);
    line.dataset.day = day;
    row.view.before(line);
  }
}

// join draws neighbours of one side together.
function join() {
  rows.forEach((row, i) => {
    const last = rows[i - 1];
    const joined = last && last.mine === row.mine && last.view.dataset.day === row.view.dataset.day
      && row.at - last.at < together && !last.question;
    row.view.classList.toggle('joined', Boolean(joined));
    last?.view.classList.toggle('more', Boolean(joined) && !last.view.matches('.failed, .sending'));
  });
  $('empty').hidden = !live || rows.length > 0 || !typing.hidden;
}

function ask(next, chosen) {
  const focused = question?.view.contains(document.activeElement);
  question?.close(chosen);
  question = next;
  if (focused) reachesText() ? focusText() : log.focus({ preventScroll: true });
}

// shown takes an entry of the history.
function shown(entry) {
  if (live) tell('message', { from: entry.from, n: entry.n });
  const known = entry.id && rows.find((r) => waiting(r) && r.entry.id === entry.id);
  if (known) {
    rows = rows.filter((r) => r !== known);
    known.update(entry);
    place(known);
    return;
  }
  const row = new Row(entry, name, choose);
  place(row);
  if (row.mine) ask(null, entry.choice?.id);
  else {
    if (row.question) ask(row.question);
    think(false);
  }
}

const image = (file) => /^image\/(png|jpeg|gif|webp|avif)$/.test(file.type);

// echo shows what was said at once, as on its way.
function echo(message) {
  const { file } = message;
  const media = file && [{ kind: image(file) ? 'image' : 'file', name: file.name, size: file.size, preview: image(file) ? URL.createObjectURL(file) : '' }];
  const row = new Row({ id: message.id, from: 'visitor', at: message.at, text: message.text ?? message.choice?.title, choice: message.choice, media }, name, choose);
  place(row);
  if (file) row.progress(0, () => cancel(row, message));
  else row.delivered('sending');
  ask(null, message.choice?.id);
  join();
}

function say(content) {
  think(!content.file);
  echo(line.say(content));
  toEnd();
}

function choose(choice) { say({ choice }); }

function drop(row) {
  rows = rows.filter((r) => r !== row);
  row.release();
  row.view.remove();
  join();
}

function cancel(row, message) {
  line.cancel(message);
  drop(row);
  focusText();
}

// -- the answer is being written -------------------------------------------------

let thinking = 0;
let announced = 0;

// think shows the dots, for most milliseconds. A reader of the screen hears of it
// once, if it lasts.
function think(on, most = 20_000) {
  clearTimeout(thinking);
  if (on && typing.hidden) announced = setTimeout(() => { news.textContent = t('typing', { name }); }, 1000);
  if (!on) {
    clearTimeout(announced);
    news.textContent = '';
  }
  typing.hidden = !on;
  if (on) thinking = setTimeout(() => { think(false); join(); }, most);
}

// -- the line --------------------------------------------------------------------

let slow = 0;

function state(word) {
  const banners = { connecting: t('reconnecting'), offline: t('offline_note'), expired: t('expired_note') };
  document.documentElement.dataset.line = word;
  $('state-text').textContent = t(word);
  clearTimeout(slow);
  const banner = () => { $('banner').textContent = banners[word] ?? ''; };
  if (word === 'connecting') slow = setTimeout(banner, 3000); // most are back before
  else banner();
  if (word === 'offline' || word === 'expired') think(false);
}

// reason says in the visitor's language why a message was refused.
function reason(error) {
  const values = { too_long: { n: 4096 }, upload_size: { n: size(settings.size) } }[error?.code];
  return error && has(error.code) ? t(error.code, values) : error?.message;
}

function delivery(message, word, detail) {
  const row = rows.find((r) => waiting(r) && r.entry.id === message.id);
  if (!row) return;
  const again = { word: t('again'), run: () => line.retry(message) };
  const act = message.failed === 'line' ? again : message.text ? { word: t('edit'), run: () => { drop(row); write(message.text); focusText(); } } : null;
  stay(() => {
    if (message.file && word === 'sending') row.progress(detail ?? 0, () => cancel(row, message));
    else row.delivered(word, reason(detail), act);
    join();
  });
  if (word !== 'sent') think(false);
  if (word === 'failed') news.textContent = reason(detail) || t('not_sent');
}

const line = new Line({
  state,
  delivery,
  entries(list) {
    stay(() => {
      list.forEach(shown);
      join();
    });
    if (!live) toEnd();
    looked();
  },
  live() {
    if (live) return;
    live = true;
    log.setAttribute('aria-busy', 'false');
    if (line.greeting && !rows.length) think(true, 3000); // not all bots greet
    join();
    toEnd();
    looked();
  },
  typing() {
    stay(() => { think(true, 30_000); join(); });
  },
  // begin takes kept, what is still to be sent, or null where only the past is another.
  begin(kept) {
    for (const row of rows) if (kept || !waiting(row)) row.release();
    rows = kept ? [] : rows.filter(waiting);
    log.replaceChildren(...rows.map((r) => r.view));
    question = null;
    think(false);
    if (kept) {
      live = false;
      log.setAttribute('aria-busy', 'true');
      read = keep.get('read') === null ? null : Number(keep.get('read'));
      draft();
      tell('unread', { count: 0 });
      kept.filter((m) => !m.started).forEach(echo);
    } else read = 0;
    join();
  },
  expired(error) { tell('expired', error); },
});

compose(say);
addEventListener('beforeunload', (e) => { if (line.uploading) e.preventDefault(); });

// -- in a frame ------------------------------------------------------------------

async function identify(token) {
  try {
    tell('identified', { id: await line.identify(token) });
  } catch (error) {
    if (error.code === 'replaced') return;
    tell('refused', { code: error.code, message: error.message });
    line.start();
  }
}

function show(on) {
  open = on;
  if (!open) return;
  if (reachesText()) focusText();
  looked();
}

if (framed) document.documentElement.dataset.framed = '';
if (widget) {
  let greeted = false;
  listen({
    hello(e) {
      if (greeted) return;
      greeted = true;
      if (e.logout) {
        keep.clear();
        tell('forgotten');
      }
      if (e.token) identify(e.token);
      else line.start();
      show(e.shown);
    },
    shown: () => show(true),
    hidden: () => show(false),
    identify,
    logout() {
      line.logout();
      tell('forgotten');
    },
  });
} else {
  line.start();
  if (reachesText()) focusText();
}
