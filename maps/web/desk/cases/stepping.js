// Taking a step with a case. Whoever was slower is shown what has changed meanwhile.

import { get, post, Refusal } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
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
  try {
    /** @type {Case} */
    const now = await post(`/api/incidents/${one.id}/steps/${verb}`, { event_id: event, happened_at: new Date().toISOString(), seen_version: one.version, ...told });
    done();
    draw(now);
    document.dispatchEvent(new Event("stepped"));
  } catch (failure) {
    if (!(failure instanceof Refusal && SLOWER.includes(failure.problem.code))) throw failure;
    /** @type {Case} */
    const now = await get(`/api/incidents/${one.id}`);
    if (now.version === one.version) throw failure;
    tellNews(one, now, now.verbs.includes(verb) ? null : told.reason);
  }
}

/**
 * What was typed stays in its form, below what others did; or is told here if that form is gone.
 * @param {Case} one @param {Case} now @param {unknown} typed
 */
function tellNews(one, now, typed) {
  const steps = now.steps.filter(({ version }) => version > one.version).map(line);
  const state = wordOr(`state.${now.state}`, now.state);
  draw(now, make("div", { class: "card stack warn", role: "alert" }, make("strong", {}, word("cases.stale", { state })), make("ol", { class: "history" }, ...steps),
    typeof typed === "string" && make("p", { class: "said" }, word("cases.typed", { text: typed }))));
}
