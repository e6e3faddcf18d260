// The page's own words, in the language that the server chose, and its settings.

const data = (id) => JSON.parse(document.getElementById(id).textContent);
const texts = data('texts');

export const settings = data('settings');
const language = document.documentElement.lang;

// locale writes numbers and times as the browser's user does, in the language of the page.
export const locale = navigator.languages.find((tag) => tag.split('-')[0] === language.split('-')[0]) ?? language;

// asked is the language that the site wants, also one that the page has no words
// of: the bot may. Without it the bot goes by what the browser says.
export const asked = new URLSearchParams(location.search).get('lang');

// t returns a text with values in its places: t('new', { n: 2 }).
export const t = (name, values = {}) => (texts[name] ?? name).replace(/\{(\w+)\}/g, (place, key) => values[key] ?? place);

export const has = (name) => name in texts;

// size writes a number of bytes as people do.
export function size(bytes) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const form = { style: 'unit', unit: units[step], unitDisplay: 'short', maximumFractionDigits: step > 1 ? 1 : 0 };
  return new Intl.NumberFormat(locale, form).format(bytes / 1000 ** step);
}
