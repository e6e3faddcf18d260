// The line to the bot: who the visitor is, what still has to be sent, and the
// stream of what was said. It knows nothing of how that looks.

const prefix = `parley:${location.pathname}:`;
const dayLong = 24 * 60 * 60 * 1000; // after that the bot may not know a repeat from a new message
const silence = 40 * 1000; // the server sends something every 15 s
const attempts = 5;

// Browsers can be told to keep nothing for a page; then a visit is a conversation.
const memory = new Map();
const disk = (() => { try { return localStorage; } catch { return null; } })();
const keep = {
  get: (key) => disk?.getItem(prefix + key) ?? memory.get(prefix + key) ?? null,
  set(key, value) {
    memory.set(prefix + key, value);
    try { disk?.setItem(prefix + key, value); } catch { /* full */ }
  },
  drop(key) {
    memory.delete(prefix + key);
    disk?.removeItem(prefix + key);
  },
  all: (start) => Object.keys(disk ?? {}).filter((k) => k.startsWith(prefix + start)).map((k) => disk.getItem(k)),
};

function newID() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

// A Line calls back with entries(list), live(), state(word), delivery(message,
// word, reason) and reset().
export class Line {
  #on;
  #last = 0;
  #outbox = [];
  #pumping = false;
  #wake = () => {};
  #stream = null;
  #heard = 0;
  #failures = 0;
  #timer = 0;
  #asking = null;

  constructor(on) { this.#on = on; }

  // start returns the messages of an earlier visit that were not sent.
  start() {
    const kept = keep.all('out:').map((s) => JSON.parse(s)).sort((a, b) => a.at - b.at);
    for (const message of kept) {
      if (Date.now() - message.at < dayLong) this.#outbox.push(message);
      else keep.drop(`out:${message.id}`);
    }
    if (!keep.get('started')) this.#outbox.unshift({ id: 'started', started: true });
    addEventListener('online', () => this.#again());
    addEventListener('offline', () => { this.#stream?.abort(); this.#state(); });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible') return;
      if (Date.now() - this.#heard > silence) this.#stream?.abort(); // phones freeze pages
      this.#again();
    });
    this.#connect();
    this.#pump();
    return this.#outbox.filter((m) => !m.started);
  }

  // say sends {text} or {choice: {id, title}}, and again until it is kept.
  say(content) {
    const message = { id: newID(), at: Date.now(), ...content };
    keep.set(`out:${message.id}`, JSON.stringify(message));
    this.#outbox.push(message);
    this.#pump();
    return message;
  }

  retry(message) {
    message.failed = false;
    message.tries = 0;
    this.#again();
  }

  forget(message) {
    this.#outbox = this.#outbox.filter((m) => m !== message);
    keep.drop(`out:${message.id}`);
  }

  get greeting() { return this.#outbox.some((m) => m.started); }

  // again tries at once what waits: the line or the page has come back.
  #again() {
    for (const m of this.#outbox) if (m.failed === 'line') this.#unfail(m);
    this.#wake();
    this.#pump();
    clearTimeout(this.#timer);
    this.#connect();
  }

  #unfail(message) {
    message.failed = false;
    message.tries = 0;
    this.#on.delivery(message, 'sending');
  }

  async #visitor() {
    const known = keep.get('visitor');
    if (known) return known;
    this.#asking ??= (async () => {
      const r = await fetch('visitors', { method: 'POST' });
      if (!r.ok) throw new Error(`visitors: ${r.status}`);
      const { visitor } = await r.json();
      if (!keep.get('visitor')) keep.set('visitor', visitor); // another tab may have been quicker
    })().finally(() => { this.#asking = null; });
    await this.#asking;
    return keep.get('visitor');
  }

  // stranger begins anew: the bot does not know this visitor any more.
  #stranger(visitor) {
    if (keep.get('visitor') !== visitor) return; // done already, maybe by another tab
    keep.drop('visitor');
    keep.drop('started');
    this.#last = 0;
    this.#on.reset();
    if (!this.greeting) this.#outbox.unshift({ id: 'started', started: true });
  }

  // pump sends what waits, one after the other, so that the order holds.
  async #pump() {
    if (this.#pumping) return;
    this.#pumping = true;
    for (;;) {
      const message = this.#outbox.find((m) => !m.failed);
      if (!message) break;
      const wait = await this.#post(message);
      if (wait > 0) await this.#pause(wait);
    }
    this.#pumping = false;
  }

  // post makes one attempt and returns how long to wait before the next.
  async #post(message) {
    let r;
    try {
      const visitor = await this.#visitor();
      const { id, text, choice, started } = message;
      r = await fetch('messages', {
        method: 'POST',
        headers: { 'Authorization': `Bearer ${visitor}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(started ? { started } : { id, text, choice }),
      });
      if (r.status === 401) this.#stranger(visitor);
    } catch { /* no line: r says so */ }
    if (r?.status === 202) {
      if (message.started) keep.set('started', '1');
      this.forget(message);
      this.#on.delivery(message, 'sent');
      return 0;
    }
    const lasting = r && r.status >= 400 && r.status < 500 && r.status !== 401 && r.status !== 429;
    if (lasting) {
      const reason = await r.json().then((b) => b.error.message, () => '');
      this.#fail(message, 'content', reason);
      return 0;
    }
    return this.#later(message, r);
  }

  #later(message, r) {
    this.#on.delivery(message, 'sending');
    if (!navigator.onLine) return dayLong; // until the browser says that it is back
    message.tries = (message.tries ?? 0) + 1;
    if (message.tries >= attempts) {
      for (const m of [...this.#outbox]) this.#fail(m, 'line', '');
      return 0;
    }
    const asked = Number(r?.headers.get('Retry-After')) * 1000;
    return Math.min(asked || 500 * 2 ** message.tries, 30_000);
  }

  #fail(message, why, reason) {
    message.failed = why;
    if (why === 'content') this.forget(message);
    this.#on.delivery(message, 'failed', reason);
  }

  #pause(ms) {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#wake = () => { clearTimeout(timer); done(); };
    });
  }

  // connect opens the stream unless there is one, reads it to its end, and comes
  // back, each time later while nobody answers.
  async #connect() {
    if (this.#stream) return;
    const control = new AbortController();
    this.#stream = control;
    this.#state();
    let replaced = false;
    try {
      const visitor = await this.#visitor();
      const r = await fetch('events', {
        headers: { 'Authorization': `Bearer ${visitor}`, 'Last-Event-ID': String(this.#last) },
        signal: control.signal,
        cache: 'no-store',
      });
      if (r.status === 401) this.#stranger(visitor);
      if (!r.ok) throw new Error(`events: ${r.status}`);
      this.#failures = 0;
      this.#on.state('online');
      for (const m of this.#outbox) if (m.failed === 'line') this.#unfail(m);
      this.#wake();
      this.#pump();
      replaced = await this.#read(r.body.getReader(), control);
    } catch { this.#failures++; }
    this.#stream = null;
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
        if (done) return false;
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
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((l) => l.split(/: ?(.*)/s)));
      if (fields.event === 'replaced') return true;
      if (fields.event === 'live') live = true;
      else if (fields.data) {
        const entry = JSON.parse(fields.data);
        if (entry.n <= this.#last) continue;
        this.#last = entry.n;
        const waiting = this.#outbox.find((m) => m.id === entry.id);
        if (waiting) this.forget(waiting); // it had arrived, only the answer was lost
        entries.push(entry);
      }
    }
    if (entries.length) this.#on.entries(entries);
    if (live) this.#on.live();
    return false;
  }

  #state() { this.#on.state(navigator.onLine ? 'connecting' : 'offline'); }
}
