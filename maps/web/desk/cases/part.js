// A part of the lists: a title and a table, or that there is nothing.

import { make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";

/** @param {string} title @param {string[]} heads @param {(string | HTMLElement | null)[][]} rows @param {HTMLElement | null} [rest] */
export function part(title, heads, rows, rest = null) {
  const body = rows.map((row) => make("tr", {}, ...row.map((cell, at) => make("td", { "data-col": heads[at] }, cell))));
  return make("section", { class: "stack" }, make("h3", {}, word(title)),
    rows.length ? make("table", {}, make("thead", {}, make("tr", {}, ...heads.map((name) => make("th", { scope: "col" }, word(`lists.col.${name}`))))), make("tbody", {}, ...body)) : make("p", { class: "quiet" }, word("cases.none")), rest);
}
