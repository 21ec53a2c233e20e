// A labelled field of a form, with a word on what belongs in it.

import { make } from "../../shared/dom.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/** @param {string} label @param {Control} control @param {string} [hint] */
export function field(label, control, hint = "") {
  if (!hint) return make("label", {}, make("span", { class: "label" }, label), control);
  const id = `${control.name}-hint`;
  control.setAttribute("aria-describedby", id);
  return make("label", {}, make("span", { class: "label" }, label), control, make("span", { class: "quiet small", id }, hint));
}

/** @param {string} name @param {[value: string, text: string][]} options @param {string | null} chosen */
export function select(name, options, chosen) {
  return make("select", { name }, ...options.map(([value, text]) => make("option", { value, selected: value === chosen }, text)));
}

/** What was typed, by field; nothing where a field is empty. @param {FormData} given @returns {Record<string, string | null>} */
export function values(given) {
  return Object.fromEntries([...given].map(([name, value]) => [name, String(value).trim() || null]));
}
