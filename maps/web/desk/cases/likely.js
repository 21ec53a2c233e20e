// Cases that are likely the same thing: beside a call while it is taken, and beside a case.

import { get, NotGiven } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { number } from "../../shared/formats.js";
import { word, wordOr } from "../../shared/words.js";
import { matterOf } from "./row.js";

/** @import {Similar} from "./types.js" */

/** @param {string} path @returns {Promise<Similar[]>} */
export async function likelyOf(path) {
  /** @type {{items: Similar[]}} */
  const { items } = await get(path);
  return items;
}

/** While a call is taken: put it with one of them, or open a new case. @param {HTMLElement} place @param {string} path */
export async function offerLikely(place, path) {
  try {
    const found = await likelyOf(path);
    const chosen = /** @type {HTMLInputElement | null} */ (place.querySelector(":checked"))?.value ?? "";
    const still = found.some(({ id }) => id === chosen) ? chosen : "";
    fill(place, found.length ? choices(found, still) : make("p", { class: "quiet small" }, word("call.nothing_like")));
  } catch (failure) {
    if (!(failure instanceof NotGiven)) throw failure;
    fill(place, make("p", { class: "failure" }, failure.message));
  }
}

/** How far and how long apart, and what it is. @param {Similar} one */
export function likeness(one) {
  const hours = Math.abs(one.hours);
  const when = hours < 1 ? word("likely.minutes", { n: Math.round(hours * 60) }) : word("likely.hours", { n: number(hours) });
  const apart = word("likely.apart", { m: Math.round(one.metres), when });
  const what = [matterOf(one), one.case_no, wordOr(`state.${one.state}`, one.state)].filter(Boolean).join(" · ");
  return make("span", { class: "likeness" }, make("strong", {}, apart), make("span", {}, what), make("span", { class: "quiet small" }, one.address ?? ""));
}

/** What has ended is shown, but nothing is put with it: the thing may be back. @param {Similar} one */
export function stands({ state }) {
  return !["closed", "rejected"].includes(state);
}

/** @param {Similar[]} found @param {string} chosen */
function choices(found, chosen) {
  const each = found.map((one) => (stands(one) ? choice(one.id, one.id === chosen, likeness(one)) : make("p", { class: "ended" }, likeness(one))));
  const none = choice("", chosen === "", make("span", {}, word("likely.new")));
  return make("fieldset", { class: "card stack warn" }, make("legend", {}, word("likely.which", { n: found.length })), make("div", { class: "choices" }, none, ...each));
}

/** @param {string} value @param {boolean} checked @param {HTMLElement} text */
function choice(value, checked, text) {
  return make("label", { class: "check" }, make("input", { type: "radio", name: "attach", value, checked }), text);
}
