// One request of the outbox. Without words: it also runs where there is no page.

/** @import {Answer} from "./verdict.js" */
/** @import {Item} from "./items.js" */
import { picture } from "./items.js";

const SHORT_MS = 45_000;
/** A slow line may take minutes over a photo. */
const LONG_MS = 330_000;

/** Who is signed in: only as that person anything is sent. @returns {Promise<Answer | null>} */
export function account() {
  return ask("GET", "/api/account");
}

/** @param {Item[]} items @param {string} csrf @returns {Promise<Answer | null>} */
export function sendTogether(items, csrf) {
  const told = items.map((item) => (item.kind === "report" ? { report: item.body } : { step: { incident: item.case, verb: item.verb, ...item.body } }));
  return tell("POST", "/api/incidents/batch", { items: told }, csrf);
}

/** @param {Item} item @param {string} csrf @returns {Promise<Answer | null>} */
export async function send(item, csrf) {
  if (item.kind === "report") return tell("POST", "/api/incidents", item.body, csrf);
  if (item.kind === "step") return tell("POST", `/api/incidents/${item.case}/steps/${item.verb}`, item.body, csrf);
  if (item.kind === "duty") return sayDuty(item, csrf);
  const shot = await picture(item.id);
  if (!shot) return { status: 410, body: { code: "photo_lost" }, after: null };
  const path = `/api/incidents/${item.case}/photos/${item.id}?kind=${item.body.kind}`;
  return ask("PUT", path, { body: shot, headers: { "X-CSRF-Token": csrf, "Content-Type": shot.type || "image/jpeg" } }, LONG_MS);
}

/** @type {Record<string, [method: string, path: string]>} */
const DUTY = { begin: ["POST", "shifts"], end: ["POST", "shifts/end"], service: ["PUT", "service"] };

/** @param {Item} item @param {string} csrf */
function sayDuty({ case: squad, verb = "", body }, csrf) {
  const [method, path] = DUTY[verb];
  return tell(method, `/api/squads/${encodeURIComponent(squad)}/${path}`, body, csrf);
}

/** @param {string} method @param {string} path @param {object} body @param {string} csrf */
function tell(method, path, body, csrf) {
  return ask(method, path, { body: JSON.stringify(body), headers: { "X-CSRF-Token": csrf, "Content-Type": "application/json" } });
}

/** @param {string} method @param {string} path @param {RequestInit} [options] @param {number} [patience] @returns {Promise<Answer | null>} */
async function ask(method, path, options = {}, patience = SHORT_MS) {
  try {
    // Whoever stands between (a hotel's sign-in page) leads elsewhere: that is no answer of ours.
    const answer = await fetch(path, { method, redirect: "error", cache: "no-store", signal: AbortSignal.timeout?.(patience), ...options });
    const after = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
    const body = await answer.json().catch(() => null);
    return { status: answer.status, body, after: Number.isNaN(after) ? null : after };
  } catch {
    return null;
  }
}
