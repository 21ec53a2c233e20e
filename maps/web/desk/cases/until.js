// When a case is overdue: past the deadline of its state, or past what was promised to whoever
// reported it, whichever comes first. What was promised goes on when a squad is sent.

/** @typedef {{at: string | null, provisional?: boolean, soon_at?: string | null}} Until */
/** @typedef {{due: Until | null, promised_by: string | null, soon_at: string | null, suspended_until?: string | null}} Timed */

/** What comes first of these, if anything does. @param {...(Until | null | false)} all @returns {Until | null} */
export function first(...all) {
  return all.map((one) => one || null).reduce((one, two) => (momentOf(two) < momentOf(one) ? two : one), null);
}

/** While its clock stands nothing is promised. @param {Timed} one */
export function untilOf({ due, promised_by: at, soon_at, suspended_until: stands }) {
  return first(due, !stands && { at, soon_at });
}

/** @param {Timed} one @param {number} now */
export function isLate(one, now) {
  return momentOf(untilOf(one)) < now;
}

/** Never, where there is none. @param {Until | null} until */
export function momentOf(until) {
  return until?.at ? Date.parse(until.at) : Infinity;
}
