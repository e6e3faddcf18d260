// Returns the texts of a page that stand out too little from what is behind them,
// by WCAG 2.2 AA: 4.5, or 3 for large ones. Run it as an expression.
(() => {
  const clear = [0, 0, 0, 0];
  const parse = (s) => {
    const n = (s.match(/-?[\d.]+(e-?\d+)?%?/g) ?? []).map((v) => (v.endsWith('%') ? parseFloat(v) / 100 : Number(v)));
    if (/^rgba?\(/.test(s)) return [n[0] / 255, n[1] / 255, n[2] / 255, n[3] ?? 1];
    if (/^color\(srgb /.test(s)) return [n[0], n[1], n[2], n[3] ?? 1];
    return s === 'transparent' ? clear : null;
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const luminance = (c) => {
    const [r, g, b] = c.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    const layers = [];
    for (let n = node; n; n = n.parentElement) layers.unshift(parse(getComputedStyle(n).backgroundColor) ?? [1, 0, 1, 1]);
    return layers.reduce((under, top) => over(top, under), [1, 1, 1, 1]);
  };
  const bad = [];
  const check = (what, node, style, background) => {
    const text = parse(style.color);
    if (!text) { bad.push(`${what}: ${style.color} can't be read`); return; }
    const [a, b] = [luminance(over(text, background)), luminance(background)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const px = parseFloat(style.fontSize);
    const large = px >= 24 || (px >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) bad.push(`${what}: ${style.color} has ${ratio.toFixed(2)}`);
  };
  let seen = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const node = n.parentElement;
    if (!n.data.trim() || node.closest('script, noscript, .hidden') || !node.checkVisibility()) continue;
    seen++;
    check(n.data.trim().slice(0, 30), node, getComputedStyle(node), behind(node));
  }
  const field = document.getElementById('text');
  check('placeholder', field, getComputedStyle(field, '::placeholder'), behind(field));
  if (seen < 10) bad.push(`only ${seen} texts were looked at`);
  return bad.join('\n');
})()
