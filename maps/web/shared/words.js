// The bureau's words in the page's language, from the one catalogue.

const { lang, dataset } = document.documentElement;
/** Pages on the phone load only the words that they use. */
const file = dataset.words ? `${dataset.words}.${lang}` : lang;
/** @type {{default: Record<string, string>}} */
const { default: catalogue } = await import(`../words/${file}.js`);

/** A text with its gaps filled. @param {string} key @param {Record<string, string | number>} [values] */
export function word(key, values = {}) {
  const text = catalogue[key];
  if (text === undefined) throw new Error(`no word for ${key}`);
  return text.replace(/\{(\w+)\}/g, (gap, name) => String(values[name] ?? gap));
}

/** For codes that a newer server may add: the code itself where there is no word. */
/** @param {string} key @param {string} code @param {Record<string, string | number>} [values] */
export function wordOr(key, code, values) {
  return key in catalogue ? word(key, values) : code;
}

/** What has its words in both languages. @param {{zh: string, en: string}} thing */
export function said({ zh, en }) {
  return lang === "zh" ? zh : en || zh;
}
