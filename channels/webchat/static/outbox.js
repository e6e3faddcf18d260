// What was written and has yet to arrive. Texts and taps go out one after the other,
// so that their order holds; files have a lane of their own, so that a large one
// holds nothing up.

import { keep } from './keep.js';
import { asked } from './texts.js';

const dayLong = 24 * 60 * 60 * 1000; // after that the bot may not know a repeat from a new message
const attempts = 5;
const stall = 40 * 1000; // an upload that does not move on for so long is begun again

function newID() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

// put sends a file. Unlike fetch, XMLHttpRequest tells how far it is.
function put(message, headers, progress) {
  return new Promise((done, fail) => {
    const x = new XMLHttpRequest();
    let timer = 0;
    const moved = () => { clearTimeout(timer); timer = setTimeout(() => x.abort(), stall); };
    message.stop = () => x.abort();
    x.open('PUT', `files/${message.id}`);
    for (const [name, value] of Object.entries(headers)) x.setRequestHeader(name, value);
    x.upload.addEventListener('progress', (e) => { moved(); progress(e.total ? e.loaded / e.total : 0); });
    x.addEventListener('loadend', () => {
      clearTimeout(timer);
      if (!x.status) fail(new Error('the connection broke'));
      else done({ status: x.status, headers: { get: (n) => x.getResponseHeader(n) }, json: async () => JSON.parse(x.responseText) });
    });
    moved();
    x.send(message.file);
  });
}

// An Outbox calls back with ready(message), bearer(), refused(bearer) and
// delivery(message, word, detail), where word is sending, sent or failed.
export class Outbox {
  #on;
  #list = [];
  #era = 0; // goes up when another person's messages take the place of these
  #lanes = [
    { takes: (m) => !m.file, busy: false, wake() {} },
    { takes: (m) => Boolean(m.file), busy: false, wake() {} },
  ];

  constructor(on) { this.#on = on; }

  // load takes up what was kept at an earlier visit, and returns it.
  load() {
    this.#era++;
    for (const m of this.#list) m.stop?.();
    this.#list = [];
    for (const message of keep.all('out:').map((s) => JSON.parse(s)).sort((a, b) => a.at - b.at)) {
      if (Date.now() - message.at < dayLong) this.#list.push(message);
      else keep.drop(`out:${message.id}`);
    }
    const kept = [...this.#list];
    if (!keep.get('started')) this.begin();
    return kept;
  }

  // begin lets the bot know that somebody came, before all else.
  begin() { if (!this.greeting) this.#list.unshift({ id: 'started', started: true }); }

  get greeting() { return this.#list.some((m) => m.started); }
  get uploading() { return this.#list.some((m) => m.file && !m.failed); }

  add(content) {
    const message = { id: newID(), at: Date.now(), ...content };
    if (!message.file) keep.set(`out:${message.id}`, JSON.stringify(message));
    this.#list.push(message);
    for (const lane of this.#lanes) this.#run(lane); // and what waits for another attempt goes on waiting
    return message;
  }

  retry(message) {
    this.#unfail(message);
    this.pump();
  }

  // arrived drops a message that the history has: only the answer was lost.
  arrived(id) {
    const message = this.#list.find((m) => m.id === id);
    if (message) this.drop(message);
  }

  drop(message) {
    this.#list = this.#list.filter((m) => m !== message);
    keep.drop(`out:${message.id}`);
    message.stop?.();
  }

  // again tries at once what waits: the line or the page has come back.
  again() {
    for (const m of this.#list) if (m.failed === 'line') this.#unfail(m);
    this.pump();
  }

  pump() {
    for (const lane of this.#lanes) {
      lane.wake();
      this.#run(lane);
    }
  }

  #unfail(message) {
    message.failed = false;
    message.tries = 0;
    this.#on.delivery(message, 'sending');
  }

  async #run(lane) {
    if (lane.busy) return;
    lane.busy = true;
    const era = this.#era;
    while (era === this.#era) {
      const message = this.#list.find((m) => !m.failed && lane.takes(m));
      if (!message) break;
      const wait = this.#on.ready(message) ? await this.#post(message) : dayLong;
      if (wait > 0 && era === this.#era) await this.#pause(lane, wait);
    }
    lane.busy = false;
    if (era !== this.#era) this.#run(lane);
  }

  // post makes one attempt and returns how long to wait before the next.
  async #post(message) {
    let r;
    try {
      const bearer = await this.#on.bearer();
      r = await this.#request(message, bearer);
      if (r.status === 401) this.#on.refused(bearer, await r.json().catch(() => ({})));
    } catch { /* no line: r says so */ }
    if (!this.#list.includes(message)) return 0; // it was called back, or had arrived
    if (r?.status === 202) {
      if (message.started) keep.set('started', '1');
      this.drop(message);
      this.#on.delivery(message, 'sent');
      return 0;
    }
    if (r && r.status >= 400 && r.status < 500 && r.status !== 401 && r.status !== 429) {
      this.#fail(message, 'content', await r.json().then((b) => b.error, () => null));
      return 0;
    }
    return this.#later(message, r);
  }

  #request(message, bearer) {
    const headers = { 'Authorization': `Bearer ${bearer}`, ...(asked ? { 'Accept-Language': asked } : {}) };
    const { id, text, choice, started, file } = message;
    if (!file) {
      headers['Content-Type'] = 'application/json';
      return fetch('messages', { method: 'POST', headers, body: JSON.stringify(started ? { started } : { id, text, choice }) });
    }
    headers['Content-Type'] = file.type || 'application/octet-stream';
    headers['Content-Disposition'] = `attachment; filename*=UTF-8''${encodeURIComponent(file.name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`;
    return put(message, headers, (share) => this.#on.delivery(message, 'sending', share));
  }

  #later(message, r) {
    this.#on.delivery(message, 'sending', 0);
    if (!navigator.onLine) return dayLong; // until the browser says that it is back
    message.tries = (message.tries ?? 0) + 1;
    if (message.tries >= attempts) {
      for (const m of [...this.#list]) this.#fail(m, 'line', null);
      return 0;
    }
    const asked = Number(r?.headers.get('Retry-After')) * 1000;
    const most = Math.min(500 * 2 ** message.tries, 30_000);
    return asked || most * (0.5 + Math.random() / 2);
  }

  #fail(message, why, error) {
    message.failed = why;
    if (why === 'content') this.drop(message);
    this.#on.delivery(message, 'failed', error);
  }

  #pause(lane, ms) {
    return new Promise((done) => {
      const timer = setTimeout(done, Math.min(ms, dayLong));
      lane.wake = () => { clearTimeout(timer); done(); };
    });
  }
}
