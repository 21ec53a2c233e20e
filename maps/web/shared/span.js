// So much time as one reads it at a glance.

import { word } from "./words.js";

const HOUR_MIN = 60;
const DAY_MIN = 24 * HOUR_MIN;

/** Minutes below an hour, hours below a day, days. @param {number} minutes */
export function span(minutes) {
  if (minutes < HOUR_MIN) return word("span.minutes", { n: minutes });
  if (minutes < DAY_MIN) return word("span.hours", { n: Math.floor(minutes / HOUR_MIN), m: String(minutes % HOUR_MIN).padStart(2, "0") });
  return word("span.days", { n: Math.floor(minutes / DAY_MIN) });
}
