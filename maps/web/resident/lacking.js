// What has to be said first. All that the phone can know is asked before anything is sent: without a
// signal nobody else would say that something is missing.

import { word } from "../shared/words.js";

/** @import {Fix} from "./position.js" */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/** @param {HTMLFormElement} form @param {Fix | null} fix */
export function lacking(form, fix) {
  const all = new FormData(form);
  if (!all.get("matter")) return word("resident.choose_matter");
  return unanswered(form) || unplaced(all, fix);
}

/** @param {FormData} all @param {Fix | null} fix */
function unplaced(all, fix) {
  if (all.get("where") === "position" && !fix) return word("resident.position_missing");
  return all.get("where") === "words" && !String(all.get("address")).trim() ? word("resident.say_where") : "";
}

/** What the chosen matter still asks, or was answered so that it does not fit. @param {HTMLFormElement} form */
function unanswered(form) {
  const chosen = form.querySelector("[name=matter]:checked")?.closest(".matter");
  const asked = /** @type {NodeListOf<HTMLElement>} */ (chosen?.querySelectorAll("[data-question]") ?? []);
  for (const one of asked) {
    const wrong = one instanceof HTMLFieldSetElement ? unticked(one) : unfit(/** @type {Field} */ (one));
    if (wrong) return word(wrong, { question: one.dataset.question ?? "" });
  }
  return "";
}

/** @param {HTMLFieldSetElement} several */
function unticked(several) {
  return "required" in several.dataset && !several.querySelector(":checked") ? "resident.answer_needed" : "";
}

/** @param {Field} field */
function unfit({ validity }) {
  if (validity.valid) return "";
  return validity.valueMissing && !validity.badInput ? "resident.answer_needed" : "resident.answer_unfit";
}
