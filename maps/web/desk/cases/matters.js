// The matters that a report may name, found by typing a part of a name or a code.

import { all, ifGiven } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";

/** @import {Matter} from "./types.js" */

/** @type {Promise<Matter[]> | undefined} */
let asked;
let offer = async () => {};

/** Asked for once, and once more where that failed. @returns {Promise<Matter[]>} */
export function matters() {
  asked ??= all("/api/matters?offered=true").catch((failure) => {
    asked = undefined;
    throw failure;
  });
  return asked;
}

/** Others were imported. */
export function renewMatters() {
  asked = undefined;
  void offer();
}

/** @param {Matter} one */
export function nameOf(one) {
  return document.documentElement.lang === "zh" ? one.name_zh : one.name_en;
}

/** Offers them, and what is offered by then to whoever comes to the field; what is typed must be one of them. @param {HTMLInputElement} input @param {HTMLElement} hint @param {() => Promise<void>} met Once they are here. */
export function offerMatters(input, hint, met) {
  /** @type {Matter[]} */
  let known = [];
  const judge = () => {
    const found = matterNamed(known, input.value);
    input.setCustomValidity(found || !known.length ? "" : word("call.no_matter"));
    hint.textContent = found?.filing_standard ? word("call.standard", { text: found.filing_standard }) : "";
    hint.hidden = !hint.textContent;
  };
  input.addEventListener("input", judge);
  input.addEventListener("change", () => {
    const found = matterNamed(known, input.value);
    if (found) input.value = nameOf(found);
  });
  offer = async () => {
    const now = await ifGiven(matters());
    if (!now || now === known) return;
    known = now;
    fill(byId("matters"), ...known.map((one) => make("option", { value: nameOf(one) }, one.code)));
    judge();
    await met();
  };
  input.addEventListener("focus", () => void offer());
  void offer();
}

/** @param {Matter[]} known @param {string} text */
export function matterNamed(known, text) {
  const typed = text.trim().toLowerCase();
  const exact = known.find((one) => [one.code, one.name_zh, one.name_en].some((name) => name.toLowerCase() === typed));
  const begun = typed ? known.filter((one) => [one.code, one.name_zh, one.name_en].some((name) => name.toLowerCase().startsWith(typed))) : [];
  return exact ?? (begun.length === 1 ? begun[0] : undefined);
}
