// Which week is being planned.

import { byId } from "../shared/dom.js";
import { later, mondayOf, weekOf } from "../shared/formats.js";
import { word } from "../shared/words.js";

/** @param {string} week @param {string} now The week of today. */
export function showWeek(week, now) {
  const first = mondayOf(week);
  const next = weekOf(later(mondayOf(now), 7));
  const near = week === now ? word("week.this") : week === next ? word("week.next") : "";
  const days = word("week.days", { first, last: later(first, 6) });
  byId("week-name").textContent = week;
  byId("week-days").textContent = near ? `${near} · ${days}` : days;
}
