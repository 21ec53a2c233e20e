// By when something must be done; late is the only red. What is shown goes on with the time.

import { make } from "../../shared/dom.js";
import { moment } from "../../shared/formats.js";
import { span } from "../../shared/span.js";
import { word } from "../../shared/words.js";

/** @import {Until} from "./until.js" */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TICK_MS = 5_000;

/** @param {string | null | undefined} at @param {boolean} [provisional] @param {string | null} [soon] From when it is near, where the server says so. */
export function due(at, provisional = false, soon = null) {
  if (!at) return null;
  const place = make("span", { title: moment(at), "data-due": at, "data-soon": soon ?? new Date(Date.parse(at) - HOUR_MS).toISOString() });
  const text = make("span", {});
  tell(place, text);
  place.append(text, provisional ? ` ${word("cases.provisional")}` : "");
  return place;
}

/** @param {Until | null} until */
export function dueBy(until) {
  return due(until?.at, until?.provisional, until?.soon_at);
}

/** @param {HTMLElement} place @param {Element} text */
function tell(place, text) {
  const [at, soon] = [place.dataset.due, place.dataset.soon].map((each) => Date.parse(String(each)));
  const minutes = Math.floor((at - Date.now()) / MINUTE_MS);
  const said = minutes < 0 ? word("cases.overdue", { span: span(-minutes) }) : word("cases.left", { span: span(minutes) });
  place.className = `due ${minutes < 0 ? "overdue" : soon <= Date.now() ? "soon" : "later"}`;
  if (text.textContent !== said) text.textContent = said;
}

setInterval(() => {
  for (const place of /** @type {Iterable<HTMLElement>} */ (document.querySelectorAll("[data-due]"))) tell(place, /** @type {Element} */ (place.firstElementChild));
}, TICK_MS);
