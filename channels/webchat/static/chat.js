// The page: puts messages where they belong and hands what is written to the line.

import { Line } from './line.js';
import { Row, dayOf, dayView } from './view.js';

const $ = (id) => document.getElementById(id);
const [scroll, log, text, send, typing, jump] = ['scroll', 'log', 'text', 'send', 'typing', 'jump'].map($);
const name = document.title;
const framed = window.parent !== window;
const together = 5 * 60 * 1000; // messages of one side within this time share a time
const still = matchMedia('(prefers-reduced-motion: reduce)');
const touch = matchMedia('(pointer: coarse)');

let rows = []; // in the order of the page: those of the history, then those on their way
let question = null; // the one that can be answered
let live = false; // the history has been shown
let open = !framed; // framed, the widget says when it shows the page
let unread = 0;

const waiting = (row) => row.entry.n === undefined;

// -- scrolling -----------------------------------------------------------------

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

const seen = () => open && document.visibilityState === 'visible' && atEnd();

function count(n) {
  unread = n;
  document.title = n ? `(${n}) ${name}` : name;
  $('jump-text').textContent = n ? `${n} new` : 'Latest';
  if (framed) window.parent.postMessage({ parley: 'unread', count: n }, '*');
}

function looked() {
  jump.hidden = atEnd();
  if (unread && seen()) count(0);
}

let follows = true;
const follow = () => { if (follows) toEnd(); };
new ResizeObserver(follow).observe(scroll); // keyboards of phones
log.addEventListener('load', follow, true); // pictures get their size late
scroll.addEventListener('scroll', () => { follows = atEnd(); looked(); }, { passive: true });
document.addEventListener('visibilitychange', looked);
jump.addEventListener('click', () => {
  toEnd(still.matches ? 'instant' : 'smooth');
  if (!touch.matches) text.focus({ preventScroll: true });
});

// -- messages ------------------------------------------------------------------

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
    last?.view.classList.toggle('more', Boolean(joined) && !last.view.classList.contains('failed'));
  });
  $('empty').hidden = !live || rows.length > 0 || !typing.hidden;
}

function ask(next, chosen) {
  const focused = question?.view.contains(document.activeElement);
  question?.close(chosen);
  question = next;
  if (focused) (touch.matches ? log : text).focus({ preventScroll: true });
}

// shown takes an entry of the history.
function shown(entry) {
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
    if (live && !seen()) count(unread + 1);
  }
}

// echo shows what was written at once, as on its way.
function echo(message) {
  const entry = { id: message.id, from: 'visitor', at: message.at, text: message.text ?? message.choice.title, choice: message.choice };
  const row = new Row(entry, name, choose);
  row.delivered('sending');
  place(row);
  ask(null, message.choice?.id);
  join();
}

function say(content) {
  think(true);
  echo(line.say(content));
  toEnd();
}

function choose(choice) { say({ choice }); }

// -- the answer is being written -------------------------------------------------

let thinking = 0;

function think(on, most = 20_000) {
  clearTimeout(thinking);
  typing.hidden = !on;
  if (on) thinking = setTimeout(() => { think(false); join(); }, most);
}

// -- the line --------------------------------------------------------------------

let slow = 0;

function state(word) {
  const texts = { online: 'Online', connecting: 'Connecting…', offline: 'Offline', elsewhere: 'Open in another tab' };
  const banners = {
    connecting: 'Reconnecting… What you write is sent as soon as the line is back.',
    offline: 'You are offline. What you write is sent as soon as you are back.',
  };
  document.documentElement.dataset.line = word;
  $('state-text').textContent = texts[word];
  clearTimeout(slow);
  const banner = () => { $('banner').textContent = banners[word] ?? ''; };
  if (word === 'connecting') slow = setTimeout(banner, 3000); // most are back before
  else banner();
  if (word === 'offline') think(false);
}

function delivery(message, word, reason) {
  const row = rows.find((r) => waiting(r) && r.entry.id === message.id);
  if (!row) return;
  const again = message.failed === 'line' ? { word: 'Try again', run: () => { row.delivered('sending'); line.retry(message); } }
    : message.text ? { word: 'Edit', run: () => edit(row, message) } : null;
  stay(() => { row.delivered(word, reason, again); join(); });
  if (word !== 'sent') think(false);
}

function edit(row, message) {
  rows = rows.filter((r) => r !== row);
  row.view.remove();
  text.value = message.text;
  grow();
  text.focus();
  join();
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
  },
  reset() {
    rows = rows.filter(waiting);
    log.replaceChildren(...rows.map((r) => r.view));
    question = null;
    join();
  },
});

// -- writing -----------------------------------------------------------------------

function grow() {
  text.style.height = 'auto';
  text.style.height = `${text.scrollHeight + 3}px`; // and its border
  send.disabled = !text.value.trim();
}

$('composer').addEventListener('submit', (e) => {
  e.preventDefault();
  const written = text.value.trim();
  if (!written) return;
  text.value = '';
  grow();
  say({ text: written });
  text.focus();
});
text.addEventListener('input', grow);
// Enter sends; with Shift it begins a line. Keyboards of phones tell of no key, only of the line.
let shift = false;
text.addEventListener('keydown', (e) => { shift = e.shiftKey; });
text.addEventListener('beforeinput', (e) => {
  if (e.inputType !== 'insertLineBreak' || shift) return;
  e.preventDefault();
  $('composer').requestSubmit();
});

// -- in a frame of the widget --------------------------------------------------------

if (framed) {
  document.documentElement.dataset.framed = '';
  const close = () => window.parent.postMessage({ parley: 'close' }, '*');
  $('close').hidden = false;
  $('close').addEventListener('click', close);
  addEventListener('keydown', (e) => { if (e.key === 'Escape' && !e.isComposing) close(); });
  addEventListener('message', (e) => {
    if (e.source !== window.parent || typeof e.data?.parley !== 'string') return;
    open = e.data.parley === 'shown';
    if (!open) return;
    if (!touch.matches) text.focus({ preventScroll: true });
    looked();
  });
  window.parent.postMessage({ parley: 'ready' }, '*');
} else if (!touch.matches) text.focus();

for (const message of line.start()) echo(message);
grow();
