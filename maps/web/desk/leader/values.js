// A figure in digits, and how it has changed.

import { number } from "../../shared/formats.js";
import { word } from "../../shared/words.js";

/** @import {Cell, Formula, Group} from "./types.js" */

/** @param {Formula} formula @param {Cell} cell */
export function digits({ kind }, cell) {
  if (cell.value === null) return "–";
  if (kind === "share") return `${(100 * cell.value).toFixed(1)} %`;
  return kind === "minutes" ? word("leader.minutes", { n: number(Math.round(cell.value)) }) : number(cell.value);
}

/** Against the period before; nothing where one of the two has no case. @param {Formula} formula @param {Cell} cell @param {Cell} then */
export function change({ kind }, cell, then) {
  if (cell.value === null || then.value === null) return word("leader.no_before");
  const by = kind === "share" ? 100 * (cell.value - then.value) : cell.value - then.value;
  const shown = Math.abs(by).toFixed(kind === "share" ? 1 : 0);
  if (Number(shown) === 0) return word("leader.same");
  return word(`leader.${by > 0 ? "more" : "less"}_${kind}`, { n: shown });
}

/** @param {Group} group @param {string} code */
export function cellOf(group, code) {
  const found = group.cells.find((cell) => cell.code === code);
  if (!found) throw new Error(`no figure ${code}`);
  return found;
}
