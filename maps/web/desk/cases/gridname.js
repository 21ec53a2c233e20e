// A grid by its name, once it is read; its code stands there at once.

import { get, ifGiven } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";

/** @type {Map<string, string>} */
const known = new Map();

/** @param {string} code */
export function gridName(code) {
  const place = make("span", {}, code);
  void nameOf(code).then((name) => { if (name) fill(place, name, " ", make("span", { class: "quiet small" }, code)); });
  return place;
}

/** None of a grid that is out of one's sight. @param {string} code */
async function nameOf(code) {
  const found = known.has(code) ? null : await ifGiven(get(`/api/grids/${encodeURIComponent(code)}`));
  if (found) known.set(code, found.name);
  return known.get(code);
}
