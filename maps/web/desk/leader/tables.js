// The figures side by side: a row for each township or squad.

import { byId, fill, make } from "../../shared/dom.js";
import { number } from "../../shared/formats.js";
import { word } from "../../shared/words.js";
import { offerFigures } from "./narrow.js";
import { cellOf, digits } from "./values.js";

/** @import {Cell, Formula, Group, Open, Report, Row} from "./types.js" */

/** @param {"township" | "squad"} by @param {Report} report @param {Group[]} groups @param {Open} open */
export function showTable(by, report, groups, open) {
  const head = make("tr", {}, make("th", { scope: "col" }, word(`leader.${by}`)), ...report.formulas.map(({ code, name }) => make("th", { scope: "col", class: "number", "data-of": code }, name)));
  const rows = groups.map((group) => row(by, report.formulas, group, open));
  const none = make("tr", {}, make("td", { class: "quiet", colspan: report.formulas.length + 1 }, word("leader.none")));
  fill(byId(by), make("thead", {}, head), make("tbody", {}, ...(rows.length ? rows : [none])));
  offerFigures(by, report.formulas);
  const query = new URLSearchParams({ since: report.since, until: report.until, by, lang: document.documentElement.lang });
  /** @type {HTMLAnchorElement} */ (byId(`${by}-csv`)).href = `/api/figures.csv?${query}`;
}

/** @param {"township" | "squad"} by @param {Formula[]} formulas @param {Group} group @param {Open} open */
function row(by, formulas, group, open) {
  const where = { by, key: group.key, name: group.name };
  return make("tr", {}, make("th", { scope: "row" }, group.name), ...formulas.map((formula) => value(formula, group, where, open)));
}

/** @param {Formula} formula @param {Group} group @param {Row} where @param {Open} open */
function value(formula, group, where, open) {
  const cell = cellOf(group, formula.code);
  const button = make("button", { type: "button", class: "link", "aria-label": `${group.name} · ${formula.name}: ${digits(formula, cell)}` }, digits(formula, cell));
  button.addEventListener("click", () => open(formula, cell, undefined, where));
  const under = cell.value !== null && beneath(formula, cell);
  return make("td", { class: "number", "data-of": formula.code }, button, under && make("span", { class: "quiet small" }, under));
}

/** What a share is of; how long it took but for one in ten. @param {Formula} formula @param {Cell} cell */
function beneath({ kind }, cell) {
  if (kind === "share") return `${number(cell.parts.numerator)}/${number(cell.parts.denominator)}`;
  return cell.p90 !== null && word("leader.nine_in_ten", { n: number(Math.round(cell.p90)) });
}
