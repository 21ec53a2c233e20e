// How far a photograph's camera is from what was claimed of its case: whoever judges the case is told.

import { make } from "./dom.js";
import { span } from "./span.js";
import { word } from "./words.js";

/** @typedef {{kind: string, metres?: number | null, minutes?: number | null}} Compared */

/** Farther away, or so much before or after, it is hardly a picture of what was reported. */
const FAR_M = 200;
const EARLY_MIN = 60;
const LATE_MIN = 24 * 60;

/** In words, with a mark if it is much; nothing where the camera or the case does not say. @param {Compared} photo */
export function apart(photo) {
  const told = [when(photo), where(photo)].filter(Boolean);
  if (!told.length) return null;
  const much = isFar(photo) && make("strong", { class: "warning" }, word("photo.apart_much"));
  return make("p", { class: "apart quiet small" }, much, much && " ", told.join(word("photo.apart_and")));
}

/** What was done is pictured afterwards. @param {Compared} photo */
function isFar({ kind, metres, minutes }) {
  const late = kind === "after" ? Infinity : LATE_MIN;
  return (metres ?? 0) > FAR_M || (minutes ?? 0) < -EARLY_MIN || (minutes ?? 0) > late;
}

/** @param {Compared} photo */
function when({ minutes }) {
  if (minutes === null || minutes === undefined) return "";
  if (minutes === 0) return word("photo.apart_same");
  return word(minutes < 0 ? "photo.apart_before" : "photo.apart_after", { span: span(Math.abs(minutes)) });
}

/** @param {Compared} photo */
function where({ metres }) {
  return metres === null || metres === undefined ? "" : word("photo.apart_metres", { n: metres });
}
