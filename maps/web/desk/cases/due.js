// By when something must be done; late is the only red.

import { make } from "../../shared/dom.js";
import { moment } from "../../shared/formats.js";
import { span } from "../../shared/span.js";
import { word } from "../../shared/words.js";

const MINUTE_MS = 60_000;
const HOUR_MIN = 60;

/** @param {string | null | undefined} at @param {boolean} [provisional] */
export function due(at, provisional = false) {
  if (!at) return null;
  const minutes = Math.floor((Date.parse(at) - Date.now()) / MINUTE_MS);
  const look = minutes < 0 ? "overdue" : minutes < HOUR_MIN ? "soon" : "later";
  const text = minutes < 0 ? word("cases.overdue", { span: span(-minutes) }) : word("cases.left", { span: span(minutes) });
  return make("span", { class: `due ${look}`, title: moment(at) }, text, provisional ? ` ${word("cases.provisional")}` : null);
}
