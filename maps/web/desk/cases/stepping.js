// Taking a step with a case. Whoever was slower is shown what has changed meanwhile.

import { get, post, Refusal, Unreachable } from "../../shared/api.js";
import { byId, make } from "../../shared/dom.js";
import { word, wordOr } from "../../shared/words.js";
import { draw } from "./case.js";
import { line } from "./history.js";

/** @import {Case} from "./types.js" */

/** Others were faster: the case is another by now, or is no longer where this can be done. */
const SLOWER = ["stale", "not_open"];

/**
 * @param {Case} one As it was on the screen. @param {string} verb @param {string} event @param {Record<string, unknown>} said
 * @param {() => void} done
 */
export async function take(one, verb, event, said, done) {
  const told = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null && value !== ""));
  const step = { event_id: event, happened_at: new Date().toISOString(), seen_version: one.version, ...told };
  try {
    /** @type {Case} */
    const now = await sent(`/api/incidents/${one.id}/steps/${verb}`, step);
    done();
    draw(now, said.preempt ? gaveWay(now) : null);
    document.dispatchEvent(new Event("stepped"));
  } catch (failure) {
    if (!(failure instanceof Refusal && SLOWER.includes(failure.problem.code))) throw failure;
    /** @type {Case} */
    const now = await get(`/api/incidents/${one.id}`);
    if (now.version === one.version) throw failure;
    tellNews(one, now, now.verbs.includes(verb) ? null : told.reason);
  }
}

/** How many cases gave way to it. @param {Case} now */
function gaveWay({ steps }) {
  const n = steps.at(-1)?.details.preempted;
  return n ? make("p", { class: "good", role: "status" }, word("cases.preempted", { n })) : null;
}

/** Sent again once the server is back, as the same step, which it takes once. @param {string} path @param {object} step @returns {Promise<Case>} */
async function sent(path, step) {
  try {
    return await post(path, step);
  } catch (failure) {
    if (!(failure instanceof Unreachable)) throw failure;
    const unsent = make("p", { class: "card warn", role: "alert" }, word("cases.unsent"));
    byId("case").prepend(unsent);
    await new Promise((back) => document.addEventListener("reachable", back, { once: true }));
    unsent.remove();
    return sent(path, step);
  }
}

/**
 * What was typed stays in its form, below what others did; or is told here if that form is gone.
 * @param {Case} one @param {Case} now @param {unknown} typed
 */
function tellNews(one, now, typed) {
  const steps = now.steps.filter(({ version }) => version > one.version).map((step) => line(step, now.squads));
  const state = wordOr(`state.${now.state}`, now.state);
  draw(now, make("div", { class: "card stack warn", role: "alert" }, make("strong", {}, word("cases.stale", { state })), make("ol", { class: "history" }, ...steps),
    typeof typed === "string" && make("p", { class: "said" }, word("cases.typed", { text: typed }))));
}
