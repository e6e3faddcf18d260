// How nodes are made. All text of others goes in as text, never as markup, and only
// http and https addresses become links.

export const $ = (id) => document.getElementById(id);

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== ''));
  return node;
}

export function icon(path) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  shape.setAttribute('d', path);
  svg.append(shape);
  return svg;
}

export const paths = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  file: 'M14 3H7a2 2 0 00-2 2v14a2 2 0 002 2h10a2 2 0 002-2V8zM14 3v5h5',
  pin: 'M12 21s7-6.3 7-11.5a7 7 0 10-14 0C5 14.7 12 21 12 21zM12 12a2.5 2.5 0 100-5 2.5 2.5 0 000 5z',
  person: 'M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20.5c1-4 4-6 7.5-6s6.5 2 7.5 6',
  out: 'M9 5H6a1 1 0 00-1 1v12a1 1 0 001 1h12a1 1 0 001-1v-3M13 5h6v6M19 5l-9 9',
};

// web returns an address that is safe to open, or "".
export function web(address) {
  try {
    const url = new URL(address, location.href);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : '';
  } catch { return ''; }
}

export function anchor(href, props, ...children) {
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow', ...props }, ...children);
}

// linked splits a text at its web addresses. What ends a sentence is not part of one.
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'`]+/gi)) {
    let address = match[0].replace(/[.,:;!?…،؛؟]+$/, '');
    while (address.endsWith(')') && address.split('(').length < address.split(')').length) address = address.slice(0, -1);
    const href = web(address);
    if (!href) continue;
    parts.push(text.slice(end, match.index), anchor(href, { dir: 'ltr' }, address));
    end = match.index + address.length;
  }
  parts.push(text.slice(end));
  return parts;
}
