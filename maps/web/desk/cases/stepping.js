// Taking a step with a case. Whoever was slower is shown what has changed meanwhile.

import { get, post, Refusal } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { word, wordOr } from "../../shared/words.js";
import { draw } from "./case.js";
import { line } from "./history.js";

/** @import {Case} from "./types.js" */

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
    if (!(failure instanceof Refusal && failure.problem.code === "stale")) throw failure;
    await tellNews(one);
  }
}

/** What was typed stays in its form, below what others did. @param {Case} one */
async function tellNews(one) {
  /** @type {Case} */
  const now = await get(`/api/incidents/${one.id}`);
  const steps = now.steps.filter(({ version }) => version > one.version).map(line);
  const state = wordOr(`state.${now.state}`, now.state);
  draw(now, make("div", { class: "card stack warn", role: "alert" }, make("strong", {}, word("cases.stale", { state })), make("ol", { class: "history" }, ...steps)));
}
