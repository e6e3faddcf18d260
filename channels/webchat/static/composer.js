// Where the visitor writes, and gives files: with a button, by dropping them on the
// page, or by pasting a picture.

import { $ } from './dom.js';
import { keep } from './keep.js';
import { settings, size, t } from './texts.js';

const [form, text, send, picker, drop, notice] = ['composer', 'text', 'send', 'files', 'drop', 'notice'].map($);
const touch = matchMedia('(pointer: coarse)');

export const focusText = () => text.focus({ preventScroll: true });
export const reachesText = () => !touch.matches; // on phones the focus would bring up the keyboard

function grow() {
  text.dir = text.value ? 'auto' : ''; // what is there when it is empty is in the page's own direction
  text.style.height = 'auto';
  text.style.height = `${text.scrollHeight + 3}px`; // and its border
  send.disabled = !text.value.trim();
}

// write puts a text there, in place of the one that is.
export function write(words) {
  text.value = words;
  grow();
  keep.set('draft', words);
}

// draft shows what the visitor left there at an earlier visit.
export function draft() {
  text.value = keep.get('draft') ?? '';
  grow();
}

// takes reports whether files of a type may be sent, as the server will see it too.
const takes = (type) => settings.uploads.some((t) => t === type
  || (t.endsWith('/*') && type !== 'image/svg+xml' && type.startsWith(t.slice(0, -1))));

function refusal(file) {
  if (!takes(file.type)) return t('upload_type');
  if (file.size > settings.size) return t('upload_size', { n: size(settings.size) });
  return file.size ? '' : t('upload_empty');
}

// compose hands what the visitor says to say: {text} or {file}.
export function compose(say) {
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    const written = text.value.trim();
    if (!written) return;
    write('');
    notice.textContent = '';
    say({ text: written });
    text.focus();
  });
  text.addEventListener('input', () => { grow(); keep.set('draft', text.value); });
  addEventListener('resize', grow);
  // Enter sends; with Shift it begins a line. Keyboards of phones tell of no key, only of the line.
  let shift = false;
  text.addEventListener('keydown', (e) => { shift = e.shiftKey; });
  text.addEventListener('beforeinput', (e) => {
    if (e.inputType !== 'insertLineBreak' || shift) return;
    e.preventDefault();
    form.requestSubmit();
  });
  if (settings.uploads.length) attach((files) => {
    const refused = [];
    for (const file of files) {
      const why = refusal(file);
      if (why) refused.push(`${file.name}: ${why}`);
      else say({ file });
    }
    notice.textContent = refused.join('\n');
  });
}

function attach(give) {
  $('attach').hidden = false;
  $('attach').addEventListener('click', () => picker.click());
  picker.accept = settings.uploads.join();
  picker.addEventListener('change', () => {
    give([...picker.files]);
    picker.value = '';
  });
  text.addEventListener('paste', (e) => {
    if (!e.clipboardData.files.length) return;
    e.preventDefault(); // some programs put a text beside the picture
    give([...e.clipboardData.files]);
  });
  let inside = 0; // leaving a node for one within it is an enter and a leave
  const withFiles = (e) => e.dataTransfer?.types.includes('Files');
  const over = (n) => { inside = Math.max(0, n); drop.hidden = !inside; };
  addEventListener('dragenter', (e) => { if (withFiles(e)) over(inside + 1); });
  addEventListener('dragleave', (e) => { if (withFiles(e)) over(inside - 1); });
  addEventListener('dragover', (e) => { if (withFiles(e)) e.preventDefault(); });
  addEventListener('drop', (e) => {
    if (!withFiles(e)) return;
    e.preventDefault();
    over(0);
    give([...e.dataTransfer.files]);
  });
}
