// The line to the bot: who the visitor is, what still has to be sent, and the
// stream of what was said. It knows nothing of how that looks.

import { keep } from './keep.js';
import { Outbox } from './outbox.js';

const silence = 40 * 1000; // the server sends something every 15 s

// A Line calls back with entries(list), live(), typing(), state(word),
// delivery(message, word, detail), begin(kept) when a conversation takes the place
// of the one shown, and expired(error).
export class Line {
  #on;
  #outbox;
  #last = 0; // number of the newest entry that was shown
  #live = false;
  #stream = null;
  #heard = 0;
  #failures = 0;
  #timer = 0;
  #asking = null;
  #used = ''; // the visitor that was shown last
  #token = ''; // of the site, while it says who the visitor is
  #key = '';
  #expired = false;
  #identifying = 0;
  #begun = false;

  constructor(on) {
    this.#on = on;
    this.#outbox = new Outbox({
      ready: (message) => !this.#expired && (!message.file || this.#live), // the history may have the file already
      bearer: () => this.#bearer(),
      refused: (bearer, body) => this.#refused(bearer, body),
      delivery: (...all) => on.delivery(...all),
    });
    for (const back of ['online', 'focus']) addEventListener(back, () => this.again());
    addEventListener('offline', () => { this.#stream?.abort(); this.#state(); });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible') return;
      if (Date.now() - this.#heard > silence) this.#stream?.abort(); // phones freeze pages
      this.again();
    });
    keep.on('visitor', (visitor) => { // another tab logged out
      if (!this.#key && visitor && this.#used && visitor !== this.#used) this.#begin('');
    });
  }

  // start begins as whoever sits at this browser.
  start() { if (!this.#begun && !this.#identifying) this.#begin(''); }

  // say sends {text}, {choice: {id, title}} or {file}, and again until it is kept.
  say(content) {
    const message = this.#outbox.add(content);
    this.#connect(); // another tab may have taken the place of this one
    return message;
  }

  retry(message) {
    this.#outbox.retry(message);
    this.again();
  }

  cancel(message) { this.#outbox.drop(message); }

  get greeting() { return this.#outbox.greeting; }
  get uploading() { return this.#outbox.uploading; }

  again() {
    this.#outbox.again();
    clearTimeout(this.#timer);
    this.#connect();
  }

  // identify goes over to the conversation of the person whom a token names, and
  // returns the person's id. When the token is refused it throws {code, message}
  // and all stays as it was.
  async identify(token) {
    const turn = ++this.#identifying;
    try {
      const { id, key } = await this.#ask(token, () => turn === this.#identifying);
      this.#token = token;
      this.#expired = false;
      if (key === this.#key) this.again();
      else this.#begin(key);
      return id;
    } finally {
      if (turn === this.#identifying) this.#identifying = 0;
    }
  }

  // ask shows a token until somebody answers.
  async #ask(token, wanted) {
    for (let failures = 0; ; failures++) {
      const r = await fetch('identity', { method: 'POST', headers: { Authorization: `Bearer ${token}` } }).catch(() => null);
      if (!wanted()) throw { code: 'replaced', message: 'Another token came, or a logout.' };
      if (r?.ok) return r.json();
      if (r && r.status >= 400 && r.status < 500 && r.status !== 429) throw (await r.json()).error;
      await new Promise((done) => { setTimeout(done, Math.min(1000 * 2 ** failures, 30_000) * (0.5 + Math.random() / 2)); });
    }
  }

  // logout forgets who was here, the conversations of this browser with them.
  logout() {
    this.#identifying = 0;
    this.#token = '';
    this.#expired = false;
    keep.clear();
    this.#begin('');
  }

  #begin(key) {
    this.#begun = true;
    this.#key = key;
    if (!key) this.#token = '';
    keep.as(key);
    this.#stream?.abort();
    this.#stream = null;
    this.#last = 0;
    this.#live = false;
    this.#used = '';
    this.#on.begin(this.#outbox.load());
    this.#outbox.pump();
    clearTimeout(this.#timer);
    this.#connect();
  }

  async #bearer() {
    if (this.#key) return this.#token;
    if (!keep.get('visitor')) {
      this.#asking ??= (async () => {
        const r = await fetch('visitors', { method: 'POST' });
        if (!r.ok) throw new Error(`visitors: ${r.status}`);
        const { visitor } = await r.json();
        if (!this.#key && !keep.get('visitor')) keep.set('visitor', visitor); // another tab may have been quicker
      })().finally(() => { this.#asking = null; });
      await this.#asking;
      if (this.#key) return this.#token;
    }
    this.#used = keep.get('visitor');
    return this.#used;
  }

  // refused: the token has ended, or the bot does not know the visitor any more.
  #refused(bearer, body) {
    if (this.#key) {
      if (bearer !== this.#token || this.#expired) return;
      this.#expired = true;
      this.#stream?.abort();
      this.#on.state('expired');
      this.#on.expired(body.error ?? { code: 'token_expired', message: 'The token was refused.' });
      return;
    }
    if (keep.get('visitor') !== bearer) return; // done already, maybe by another tab
    keep.drop('visitor');
    keep.drop('started');
    this.#reset();
    this.#outbox.begin();
  }

  // reset: the history that was shown is no more.
  #reset() {
    this.#last = 0;
    keep.drop('read');
    this.#on.begin(null);
  }

  // connect opens the stream unless there is one, reads it to its end, and comes
  // back, each time later while nobody answers.
  async #connect() {
    if (this.#stream || this.#expired || !this.#begun) return;
    const control = new AbortController();
    this.#stream = control;
    this.#state();
    let replaced = false;
    try {
      const bearer = await this.#bearer();
      const r = await fetch('events', {
        headers: { 'Authorization': `Bearer ${bearer}`, 'Last-Event-ID': String(this.#last) },
        signal: control.signal,
        cache: 'no-store',
      });
      if (r.status === 401) this.#refused(bearer, await r.json().catch(() => ({})));
      if (!r.ok) throw new Error(`events: ${r.status}`);
      this.#failures = 0;
      this.#on.state('online');
      this.#outbox.again();
      replaced = await this.#read(r.body.getReader(), control);
    } catch { this.#failures++; }
    if (this.#stream !== control) return; // another conversation took the place of this one
    this.#stream = null;
    this.#live = false;
    if (this.#expired) return;
    if (replaced) { this.#on.state('elsewhere'); return; } // until somebody looks at this page
    this.#state();
    const most = Math.min(30_000, 1000 * 2 ** this.#failures);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), most * (0.5 + Math.random() / 2));
  }

  // read returns true when another page of the visitor took the place of this one.
  async #read(reader, control) {
    const decoder = new TextDecoder();
    let rest = '';
    let watchdog = 0;
    try {
      for (;;) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => control.abort(), silence);
        const { done, value } = await reader.read();
        if (done || this.#stream !== control) return false;
        this.#heard = Date.now();
        const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
        rest = blocks.pop();
        if (this.#take(blocks)) return true;
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  #take(blocks) {
    const entries = [];
    let live = false;
    let typing = false;
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((l) => l.split(/: ?(.*)/s)));
      if (fields.event === 'replaced') return true;
      if (fields.event === 'reset') this.#reset();
      else if (fields.event === 'live') live = true;
      else if (fields.event === 'typing') typing = true;
      else if (fields.data) {
        typing = false;
        const entry = JSON.parse(fields.data);
        if (entry.n <= this.#last) continue;
        this.#last = entry.n;
        this.#outbox.arrived(entry.id);
        entries.push(entry);
      }
    }
    if (entries.length) this.#on.entries(entries);
    if (typing) this.#on.typing();
    if (live) {
      this.#live = true;
      this.#on.live();
      this.#outbox.pump();
    }
    return false;
  }

  #state() { this.#on.state(navigator.onLine ? 'connecting' : 'offline'); }
}
