// What the period tells in sentences, and how its figures are reckoned.

import { byId, fill, make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";

/** @import {Finding, Formula} from "./types.js" */

/** @param {Finding[]} findings */
export function showFindings(findings) {
  fill(byId("findings"), ...findings.map(({ text }) => make("li", {}, text)));
}

/** @param {Formula[]} formulas */
export function showFormulas(formulas) {
  fill(byId("formulas"), ...formulas.flatMap((formula) => [make("dt", {}, named(formula)), make("dd", {}, formula.formula)]));
}

/** With the version, without which a number cannot be compared. @param {Formula} formula */
export function named({ name, version }) {
  return `${name} · ${word("leader.version", { n: version })}`;
}
