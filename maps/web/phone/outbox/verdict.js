// What an answer means for the thing that was sent. Only a yes that names it lets it go.

/** @import {Item, Reason} from "./items.js" */

/**
 * @typedef {{status: number, body: any, after: number | null}} Answer  `after`: seconds that the server asks to wait.
 *
 * @typedef {{end: "sent"}
 *   | {end: "refused", reason: Reason}
 *   | {end: "later"}
 *   | {end: "pause", why: "signed_out" | "other_page" | "choose_password"}
 *   | {end: "pause", why: "busy", seconds: number}} Verdict
 */

const PATIENCE_S = 30;
const PASSING = new Set([408, 425, 429, 503]);

/** @param {Item} item @param {Answer | null} answer  null: none came, or not from our server. @returns {Verdict} */
export function judge(item, answer) {
  if (answer === null) return { end: "later" };
  const { status, body } = answer;
  if (status >= 200 && status < 300) return { end: names(item, body) ? "sent" : "later" };
  if (status === 401) return { end: "pause", why: "signed_out" };
  if (status === 403 && body?.code === "not_our_page") return { end: "pause", why: "other_page" };
  if (status === 403 && body?.code === "choose_password") return { end: "pause", why: "choose_password" };
  if (PASSING.has(status)) return { end: "pause", why: "busy", seconds: answer.after ?? PATIENCE_S };
  if (status >= 500 || !body?.code) return { end: "later" };
  if (body.code === "done_before" && body.values?.id === item.id) return { end: "sent" };
  return { end: "refused", reason: { code: body.code, status, values: body.values ?? {} } };
}

/** A step is answered with its case, duty with its event. @param {Item} item @param {any} body */
function names(item, body) {
  if (item.kind === "duty") return body?.event_id === item.id;
  return body?.id === (item.kind === "step" ? item.case : item.id);
}

const FIRST_S = 5;
const LONGEST_S = 600;

/** How long to let a thing rest that did not get through: longer each time, and never all at once. @param {number} tries */
export function rest(tries) {
  return Math.min(LONGEST_S, FIRST_S * 2 ** tries) * (0.5 + Math.random()) * 1000;
}

/** Whether it has rested long enough. Where the phone's clock was put back meanwhile, nothing waits for the old time. @param {number} until */
export function rested(until) {
  const left = until - Date.now();
  return left <= 0 || left > 2 * LONGEST_S * 1000;
}
