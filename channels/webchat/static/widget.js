// Puts a chat in the corner of a page:
//   <script src="https://host/channels/web/widget.js" async></script>
// It leaves one global, Parley, and tells with the event parley:ready that it is there.
(() => {
  if (window.Parley) return;
  const script = document.currentScript;
  if (!script) return;
  const base = new URL('./', script.src);
  const title = @title@;
  const texts = @texts@; // by language: open, close, unread
  const used = `parley:${base.href}`; // open: the visitor has opened the chat on this site before; out: and logged out
  const css = `
    :host { all: initial; }
    button, .panel { position: fixed; z-index: 2147483000; }
    button { right: calc(20px + env(safe-area-inset-right)); bottom: calc(20px + env(safe-area-inset-bottom)); width: 60px; height: 60px;
      padding: 0; border: 0; border-radius: 50%; background: ${@accent@}; color: ${@on-accent@}; cursor: pointer;
      box-shadow: 0 8px 28px rgb(20 25 40 / .28), 0 2px 6px rgb(20 25 40 / .16); transition: transform .16s; }
    button:hover { transform: scale(1.05); }
    button:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #1a1d24; }
    svg { position: absolute; inset: 0; margin: auto; width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 2;
      stroke-linecap: round; stroke-linejoin: round; transition: opacity .16s, transform .2s; }
    [aria-expanded=false] .x, [aria-expanded=true] .talk { opacity: 0; transform: rotate(-45deg) scale(.7); }
    .badge { position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
      background: #c5221f; color: #fff; font: 600 13px/22px system-ui, sans-serif; box-sizing: border-box; }
    .badge:empty { display: none; }
    .panel { right: calc(20px + env(safe-area-inset-right)); bottom: calc(96px + env(safe-area-inset-bottom)); width: 392px;
      height: min(680px, calc(100dvh - 120px)); border-radius: ${@radius@}px; overflow: hidden; background: Canvas; color-scheme: ${@scheme@ === 'auto' ? 'light dark' : @scheme@};
      box-shadow: 0 16px 56px rgb(20 25 40 / .24), 0 2px 8px rgb(20 25 40 / .12);
      transform-origin: bottom right; transition: opacity .18s, transform .18s, visibility .18s; }
    .left button { right: auto; left: calc(20px + env(safe-area-inset-left)); }
    .left .badge { right: auto; left: -4px; }
    .left .panel { right: auto; left: calc(20px + env(safe-area-inset-left)); transform-origin: bottom left; }
    .panel[inert] { visibility: hidden; opacity: 0; transform: translateY(12px) scale(.97); }
    iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: inherit; }
    @media (max-width: 520px), (max-height: 460px) {
      .panel, .left .panel { inset: 0; width: auto; height: 100dvh; border-radius: 0; }
      [aria-expanded=true] { display: none; }
    }
    @media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
    @media (forced-colors: active) {
      button, .panel { border: 2px solid; }
      .badge { border: 1px solid; }
    }`;

  const make = (tag, props, ...children) => {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...children);
    return node;
  };
  const icon = (name, d) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('class', name);
    svg.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS(svg.namespaceURI, 'path');
    path.setAttribute('d', d);
    svg.append(path);
    return svg;
  };

  const host = make('div', { id: 'parley-chat' });
  const root = host.attachShadow({ mode: 'open' });
  const badge = make('span', { className: 'badge' });
  badge.setAttribute('aria-hidden', 'true'); // the label of the button says it
  const button = make('button', { type: 'button' },
    icon('talk', 'M12 4c-5 0-9 3.4-9 7.6 0 2.4 1.3 4.5 3.3 5.9L5.5 21l3.7-1.9c.9.2 1.8.3 2.8.3 5 0 9-3.4 9-7.7S17 4 12 4z'),
    icon('x', 'M6 9l6 6 6-6'), badge);
  const panel = make('div', { className: 'panel', role: 'dialog', ariaLabel: title, inert: true });
  const [first, last] = [make('span', {}), make('span', {})]; // where the focus turns back into the dialog
  const all = make('div', {}, first, panel, button, last);
  const small = matchMedia('(max-width: 520px), (max-height: 460px)');
  let frame = null;
  let ready = false;
  let shown = false;
  let unread = 0;
  let back = null; // what had the focus before
  let overflow = '';
  let language = script.dataset.language ?? '';
  let token = ''; // the newest
  let taken = ''; // the one that the page goes by
  let settle = () => {}; // answers identify()
  let prefix = ''; // of the title of the page

  // -- words -----------------------------------------------------------------------

  // wished is the language of the chat: the one that the site sets, that of the
  // settings, that of the site, that of the browser.
  const wished = () => language || @language@ || document.documentElement.lang || '';
  const words = () => {
    for (const tag of [wished(), ...navigator.languages, 'en']) {
      for (let part = tag; part; part = part.slice(0, Math.max(0, part.lastIndexOf('-')))) {
        const key = Object.keys(texts).find((k) => k.toLowerCase() === part.toLowerCase());
        if (key) return texts[key];
      }
    }
    return texts.en;
  };
  const label = () => {
    const [open, close, count] = words();
    const n = shown ? 0 : unread;
    badge.textContent = n ? (n > 99 ? '99+' : n) : '';
    button.setAttribute('aria-label', `${shown ? close : open}: ${title}${n ? `. ${count.replace('{n}', n)}` : ''}`);
    button.setAttribute('aria-expanded', String(shown));
    if (prefix && document.title.startsWith(prefix)) document.title = document.title.slice(prefix.length);
    prefix = n ? `(${n}) ` : '';
    if (n) document.title = prefix + document.title;
    for (const edge of [first, last]) edge.tabIndex = shown ? 0 : -1;
    panel.ariaModal = String(shown && small.matches);
  };
  const place = () => {
    const rtl = getComputedStyle(document.documentElement).direction === 'rtl';
    const side = @position@ === 'auto' ? (rtl ? 'left' : 'right') : @position@;
    all.className = side;
    all.dir = rtl ? 'rtl' : 'ltr';
  };

  // -- events ----------------------------------------------------------------------

  const listeners = new Map();
  const on = (name, call) => {
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name).add(call);
    return () => listeners.get(name).delete(call);
  };
  const emit = (name, detail = {}) => {
    for (const call of listeners.get(name) ?? []) {
      try { call(detail); } catch (e) { console.error(e); }
    }
  };

  // -- the frame -------------------------------------------------------------------

  const post = (word, more = {}) => { if (ready) frame.contentWindow.postMessage({ parley: word, ...more }, base.origin); };
  const address = () => {
    const tag = wished();
    const page = new URL(base);
    if (tag) page.searchParams.set('lang', tag);
    page.hash = 'widget';
    return page.href;
  };
  const load = () => {
    if (frame) return;
    frame = make('iframe', { src: address(), title });
    panel.append(frame);
  };
  const remembered = (word) => {
    try {
      if (word) localStorage.setItem(used, word);
      return localStorage.getItem(used);
    } catch { return null; }
  };
  const greet = () => {
    ready = true;
    if (shown) frame.focus();
    post('hello', { shown, token, logout: remembered() === 'out' });
  };

  const open = () => {
    if (shown) return;
    shown = true;
    back = root.activeElement ?? document.activeElement;
    load();
    if (remembered() !== 'out') remembered('open');
    panel.inert = false;
    overflow = document.documentElement.style.overflow;
    if (small.matches) document.documentElement.style.overflow = 'hidden'; // the page behind stays where it is
    label();
    frame.focus();
    post('shown');
    emit('open');
  };
  const close = () => {
    if (!shown) return;
    shown = false;
    panel.inert = true;
    document.documentElement.style.overflow = overflow;
    label();
    (back?.isConnected && back !== document.body ? back : button).focus({ preventScroll: true });
    post('hidden');
    emit('close');
  };
  const toggle = () => (shown ? close() : open());

  // -- who the visitor is ----------------------------------------------------------

  const settled = (known) => { settle(known); settle = () => {}; };
  const identify = (jwt) => new Promise((done) => {
    settled(false);
    settle = done;
    token = String(jwt);
    post('identify', { token });
  });
  const logout = () => {
    settled(false);
    token = '';
    taken = '';
    unread = 0;
    if (remembered()) remembered('out'); // until the page has done it: many sites go elsewhere at once
    post('logout');
    label();
  };
  const setLanguage = (tag) => {
    language = String(tag);
    label();
    place();
    if (!frame || frame.src === address()) return;
    ready = false;
    frame.src = address();
  };

  button.addEventListener('click', toggle);
  first.addEventListener('focus', () => {
    if (small.matches) { frame.focus(); post('focus', { edge: 'last' }); } else button.focus();
  });
  last.addEventListener('focus', () => { frame.focus(); post('focus', { edge: 'first' }); });
  addEventListener('keydown', (e) => { if (e.key === 'Escape') close(); });
  small.addEventListener('change', label);
  addEventListener('message', (e) => {
    if (!frame || e.source !== frame.contentWindow || e.origin !== base.origin) return;
    const { parley, ...detail } = Object(e.data);
    switch (parley) {
      case 'ready': greet(); return;
      case 'close': close(); return;
      case 'unread': {
        const n = Number(detail.count) || 0;
        if (n !== unread) emit('unread', { count: n });
        unread = n;
        label();
        return;
      }
      case 'identified':
        taken = token;
        settled(true);
        break;
      case 'forgotten': remembered('open'); return;
      case 'refused':
        console.error(`Parley: the chat did not take the token of identify(): ${detail.message} (${detail.code})`);
        token = taken;
        settled(false);
        break;
      case 'expired':
        console.warn(`Parley: call identify() with a new token: ${detail.message} (${detail.code})`);
        token = '';
        taken = '';
        break;
      case 'message': break;
      default: return;
    }
    emit(parley, detail);
  });

  const sheet = new CSSStyleSheet(); // sites may forbid style elements
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  root.append(all);
  const attach = () => {
    document.body.append(host);
    label();
    place();
    if (remembered() === 'open') load(); // to show what came meanwhile
    dispatchEvent(new Event('parley:ready'));
  };
  window.Parley = Object.freeze({ open, close, toggle, identify, logout, setLanguage, on });
  if (document.body) attach();
  else addEventListener('DOMContentLoaded', attach);
})();
