// How each step of a squad is done here: with one touch, or with words and photos.

import { word } from "../shared/words.js";
import { needsPhotos } from "../phone/steps.js";

/** @import {Form, Written} from "../phone/steps.js" */

/** The way of an order, of which one is always the next. */
const WAY = ["accept", "arrive", "finish"];
const OFFERS = ["area", "duty", "busy", "same"];

/** @type {Record<string, () => Form>} The others need no more than a touch. */
export const FORMS = {
  finish: () => form("finish", "text", { kinds: ["after"], lacks: (written, one) => needsPhotos(written, one.photos_after ?? 1) }),
  give_opinion: () => form("give_opinion", "text", { kinds: ["other"], lacks: needsWords("squad.needs_opinion") }),
  decline: () => form("decline", "reason", { offers: OFFERS.map((name) => word(`squad.reason_${name}`)), lacks: needsWords("squad.needs_reason") }),
};

/** The next one first, and what else could be done. @param {string[]} verbs */
export function parted(verbs) {
  const next = WAY.find((verb) => verbs.includes(verb)) ?? null;
  return { next, others: verbs.filter((verb) => verb !== next && verb in FORMS) };
}

/** @param {string} verb @param {"text" | "reason"} says @param {Partial<Form> & Pick<Form, "lacks">} more @returns {Form} */
function form(verb, says, more) {
  return { send: word(`squad.${verb}`), says, label: word(`squad.${verb}_words`), kinds: [], ...more };
}

/** @param {string} lacking */
function needsWords(lacking) {
  return (/** @type {Written} */ { text }) => (text.trim() ? null : word(lacking));
}
