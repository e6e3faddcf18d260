// Puts a chat in the corner of a page:
//   <script src="https://host/channels/web/widget.js" async></script>
// It leaves one global, Parley, with open(), close() and toggle().
(() => {
  if (window.Parley) return;
  const script = document.currentScript;
  if (!script) return;
  const base = new URL('./', script.src);
  const title = @title@;
  const used = `parley:${base.href}`; // the visitor has opened the chat on this site before
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
      height: min(680px, calc(100dvh - 120px)); border-radius: 20px; overflow: hidden; background: Canvas; color-scheme: light dark;
      box-shadow: 0 16px 56px rgb(20 25 40 / .24), 0 2px 8px rgb(20 25 40 / .12);
      transform-origin: bottom right; transition: opacity .18s, transform .18s, visibility .18s; }
    .panel[inert] { visibility: hidden; opacity: 0; transform: translateY(12px) scale(.97); }
    iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
    @media (max-width: 520px), (max-height: 460px) {
      .panel { inset: 0; width: auto; height: 100dvh; border-radius: 0; }
      [aria-expanded=true] { display: none; }
    }
    @media (prefers-reduced-motion: reduce) { * { transition: none !important; } }`;

  const make = (tag, props, ...children) => {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...children);
    return node;
  };
  const icon = (name, d) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('class', name);
    const path = document.createElementNS(svg.namespaceURI, 'path');
    path.setAttribute('d', d);
    svg.append(path);
    return svg;
  };

  const host = make('div', { id: 'parley-chat' });
  const root = host.attachShadow({ mode: 'open' });
  const badge = make('span', { className: 'badge' });
  const button = make('button', { type: 'button' },
    icon('talk', 'M12 4c-5 0-9 3.4-9 7.6 0 2.4 1.3 4.5 3.3 5.9L5.5 21l3.7-1.9c.9.2 1.8.3 2.8.3 5 0 9-3.4 9-7.7S17 4 12 4z'),
    icon('x', 'M6 9l6 6 6-6'), badge);
  const panel = make('div', { className: 'panel', role: 'dialog', ariaLabel: title, inert: true });
  const small = matchMedia('(max-width: 520px), (max-height: 460px)');
  let frame = null;
  let ready = false;
  let shown = false;
  let back = null; // what had the focus before
  let overflow = '';

  const tell = () => { if (ready) frame.contentWindow.postMessage({ parley: shown ? 'shown' : 'hidden' }, base.origin); };
  const label = (n) => {
    badge.textContent = n ? (n > 99 ? '99+' : n) : '';
    const more = n && !shown ? `, ${n} new ${n === 1 ? 'message' : 'messages'}` : '';
    button.setAttribute('aria-label', `${shown ? 'Close' : 'Open'} ${title}${more}`);
    button.setAttribute('aria-expanded', String(shown));
  };
  const load = () => {
    if (frame) return;
    frame = make('iframe', { src: base.href, title });
    panel.append(frame);
  };
  const remembered = (set) => {
    try {
      if (set) localStorage.setItem(used, '1');
      return Boolean(localStorage.getItem(used));
    } catch { return false; }
  };

  const open = () => {
    if (shown) return;
    shown = true;
    back = root.activeElement ?? document.activeElement;
    load();
    remembered(true);
    panel.inert = false;
    overflow = document.documentElement.style.overflow;
    if (small.matches) document.documentElement.style.overflow = 'hidden'; // the page behind stays where it is
    label(0);
    frame.focus();
    tell();
  };
  const close = () => {
    if (!shown) return;
    shown = false;
    panel.inert = true;
    document.documentElement.style.overflow = overflow;
    label(0);
    (back?.isConnected ? back : button).focus({ preventScroll: true });
    tell();
  };
  const toggle = () => (shown ? close() : open());

  button.addEventListener('click', toggle);
  addEventListener('keydown', (e) => { if (e.key === 'Escape') close(); });
  addEventListener('message', (e) => {
    if (!frame || e.source !== frame.contentWindow || e.origin !== base.origin) return;
    switch (e.data?.parley) {
      case 'ready': ready = true; tell(); break;
      case 'close': close(); break;
      case 'unread': label(shown ? 0 : Number(e.data.count) || 0); break;
    }
  });

  const sheet = new CSSStyleSheet(); // sites may forbid style elements
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  root.append(panel, button);
  label(0);
  const attach = () => {
    document.body.append(host);
    if (remembered(false)) load(); // to show what came meanwhile
  };
  if (document.body) attach();
  else addEventListener('DOMContentLoaded', attach);
  window.Parley = Object.freeze({ open, close, toggle });
})();
