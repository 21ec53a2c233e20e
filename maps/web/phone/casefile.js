// The parts of which a case is shown.

import { apart } from "../shared/apart.js";
import { make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { span } from "../shared/span.js";
import { word, wordOr } from "../shared/words.js";
import { reasonTold } from "./reasons.js";

/** @import {Case} from "./types.js" */

const SOON_MS = 30 * 60_000;

/** By when; late is the only red. @param {Case} one */
export function due({ due: limit }) {
  if (!limit?.at) return null;
  const left = Date.parse(limit.at) - Date.now();
  if (left < 0) return make("strong", { class: "failure" }, word("field.overdue", { span: span(Math.ceil(-left / 60_000)) }));
  const soon = left < SOON_MS;
  const text = soon ? word("field.left", { span: span(Math.floor(left / 60_000)) }) : word("field.until", { time: time(limit.at) });
  return make("span", { class: soon ? "soon" : "quiet" }, limit.provisional ? `${text} ${word("field.provisional")}` : text);
}

/** @param {Pick<Case, "case_no">} one */
export function number({ case_no: text }) {
  return text ? make("span", { class: "quiet number" }, text) : null;
}

/** Pictures come with the signal; they are not kept on the phone. @param {Pick<Case, "id" | "photos">} one */
export function shots({ id, photos = [] }) {
  if (!photos.length) return null;
  return make("ul", { class: "shots" }, ...photos.map((photo) => {
    const address = `/api/incidents/${id}/photos/${photo.id}?size=small`;
    const image = make("img", { src: address, alt: wordOr(`photo.${photo.kind}`, photo.kind), loading: "lazy" });
    const item = make("li", {}, image, apart(photo));
    image.addEventListener("error", () => image.replaceWith(make("span", { class: "quiet" }, word("field.photo_away"))));
    return item;
  }));
}

/** @param {Case} one */
export function history({ steps = [], squads = {} }) {
  if (!steps.length) return null;
  const rows = steps.map(({ verb, happened_at, reason, details: { squad } }) =>
    make("li", {}, make("span", { class: "quiet" }, time(happened_at)), [wordOr(`do.${verb}`, verb), squads[squad], reason && reasonTold(reason)].filter(Boolean).join(" ")));
  return make("details", { class: "card" }, make("summary", {}, word("field.history")), make("ol", { class: "rows" }, ...rows));
}
