// The figures as large numbers, with the change and what is counted apart.

import { byId, fill, make } from "../../shared/dom.js";
import { number } from "../../shared/formats.js";
import { word } from "../../shared/words.js";
import { cellOf, change, digits } from "./values.js";

/** @import {Cell, Formula, Open, Report} from "./types.js" */

/** @param {Report} report @param {Open} open */
export function showCards(report, open) {
  fill(byId("figures"), ...report.formulas.map((formula) => card(formula, cellOf(report.now, formula.code), cellOf(report.then, formula.code), open)));
}

/** @param {Formula} formula @param {Cell} cell @param {Cell} then @param {Open} open */
function card(formula, cell, then, open) {
  const value = make("button", { type: "button", class: "link value", "aria-label": word("leader.open", { name: formula.name, value: digits(formula, cell) }) }, digits(formula, cell));
  value.addEventListener("click", () => open(formula, cell));
  return make(
    "article", { class: "card figure", "data-figure": formula.code },
    make("h3", {}, formula.name),
    make("p", {}, value, cell.p90 !== null && make("span", { class: "beside" }, word("leader.p90", { n: number(Math.round(cell.p90)) }))),
    make("p", { class: "quiet small" }, change(formula, cell, then)),
    make("p", { class: "small parts" }, ...parts(formula, cell, open)),
  );
}

/** How many cases, each as the door to their list; of those apart only what there is. @param {Formula} formula @param {Cell} cell @param {Open} open */
function parts(formula, cell, open) {
  return Object.entries(formula.parts)
    .filter(([part]) => cell.parts[part] > 0 || part === "denominator" || part === "numerator")
    .map(([part, name]) => {
      const made = make("button", { type: "button", class: "link" }, `${name} ${number(cell.parts[part])}`);
      made.addEventListener("click", () => open(formula, cell, part));
      return made;
    });
}
