// Why a case stands as it does now, and not why it once did.

import { make } from "../shared/dom.js";
import { word, wordOr } from "../shared/words.js";

/** @import {Case, Step} from "./types.js" */

/** These add to a case and leave it where it is, or go on with what was asked for. */
const PASSED_OVER = ["amend", "prioritise", "ask_extension", "extend", "refuse_extension", "resume", "accept", "arrive", "give_opinion"];
/** @type {Record<string, (one: Case) => unknown>} These count only while the case says so. */
const WHILE = { suspend: (one) => one.suspended_until, return_report: (one) => one.returned };

/** The step that brought a case to where it is. @param {Case} one @returns {Step | undefined} */
export function inForce(one) {
  return one.steps?.filter(({ verb }) => (verb in WHILE ? WHILE[verb](one) : !PASSED_OVER.includes(verb))).at(-1);
}

/** What somebody gave as a reason; the bureau's own reasons are codes. @param {string} reason */
export function reasonTold(reason) {
  return wordOr(`cases.reason.${reason}`, reason);
}

/** That step and its reason, if it has one. @param {Case} one */
export function why(one) {
  const step = inForce(one);
  if (!step?.reason) return null;
  const name = `${wordOr(`do.${step.verb}`, step.verb)}${word("field.colon")}`;
  return make("p", { class: `why ${step.verb}` }, make("strong", {}, name), reasonTold(step.reason));
}
