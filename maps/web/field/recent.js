// The matters that somebody reports most of late come first.

import { holder } from "../shared/holder.js";
import { state } from "../phone/state.js";

/** @import {Matter} from "../phone/types.js" */

const MOST = 6;

/** By person: what one reports is no business of the next. */
function key() {
  return `recent ${holder()?.id}`;
}

/** @param {boolean} [bare] Those first that need no photo. @returns {Matter[]} the recent ones, filled up with others */
export function recent(bare = false) {
  const codes = /** @type {string[]} */ (JSON.parse(localStorage.getItem(key()) ?? "[]"));
  const used = codes.map((code) => state.matters.find((matter) => matter.code === code)).filter((found) => found !== undefined);
  const all = [...used, ...state.matters.filter((matter) => !codes.includes(matter.code))];
  return (bare ? bareFirst(all) : all).slice(0, MOST);
}

/** @param {Matter[]} matters */
export function bareFirst(matters) {
  return [...matters].sort((a, b) => Math.sign(a.photos_before) - Math.sign(b.photos_before));
}

/** @param {string} code */
export function used(code) {
  const codes = /** @type {string[]} */ (JSON.parse(localStorage.getItem(key()) ?? "[]"));
  localStorage.setItem(key(), JSON.stringify([code, ...codes.filter((other) => other !== code)].slice(0, MOST)));
}
