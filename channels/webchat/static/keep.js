// What the browser keeps for the chat. Browsers can be told to keep nothing for a
// page; then a visit is a conversation.

const base = `parley:${location.pathname}:`;
let prefix = base;
const memory = new Map();
const disk = (() => { try { return localStorage; } catch { return null; } })();

export const keep = {
  get: (key) => disk?.getItem(prefix + key) ?? memory.get(prefix + key) ?? null,
  set(key, value) {
    try {
      disk.setItem(prefix + key, value);
      memory.delete(prefix + key);
    } catch { memory.set(prefix + key, value); } // there is none, or it is full
  },
  drop(key) {
    memory.delete(prefix + key);
    disk?.removeItem(prefix + key);
  },
  all: (start) => Object.keys(disk ?? {}).filter((k) => k.startsWith(prefix + start)).map((k) => disk.getItem(k)),

  // as goes over to what is kept for a person whom the site knows; '' is whoever
  // sits at this browser.
  as(person) { prefix = person ? `${base}@${person}:` : base; },

  // clear forgets everybody.
  clear() {
    memory.clear();
    for (const key of Object.keys(disk ?? {})) if (key.startsWith(base)) disk.removeItem(key);
    prefix = base;
  },

  // on calls back when another tab changes a key.
  on(key, changed) {
    addEventListener('storage', (e) => { if (e.key === prefix + key) changed(e.newValue); });
  },
};
