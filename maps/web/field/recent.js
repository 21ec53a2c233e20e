// The matters that somebody reports most of late come first.

import { holder } from "../shared/holder.js";
import { state } from "../phone/state.js";

/** @import {Matter} from "../phone/types.js" */

const MOST = 6;

/** By person: what one reports is no business of the next. */
function key() {
  return `recent ${holder()?.id}`;
}

/** @returns {Matter[]} the recent ones, filled up with others */
export function recent() {
  const codes = /** @type {string[]} */ (JSON.parse(localStorage.getItem(key()) ?? "[]"));
  const used = codes.map((code) => state.matters.find((matter) => matter.code === code)).filter((found) => found !== undefined);
  return [...used, ...state.matters.filter((matter) => !codes.includes(matter.code))].slice(0, MOST);
}

/** @param {string} code */
export function used(code) {
  const codes = /** @type {string[]} */ (JSON.parse(localStorage.getItem(key()) ?? "[]"));
  localStorage.setItem(key(), JSON.stringify([code, ...codes.filter((other) => other !== code)].slice(0, MOST)));
}
