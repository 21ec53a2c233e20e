// The one thing to do now, said in a sentence with one button.

import { byId, fill, make } from "../shared/dom.js";
import { may } from "../shared/may.js";
import { word } from "../shared/words.js";
import { ownWork } from "./ownwork.js";

/** @import {Overview} from "./types.js" */

/** @typedef {"townships" | "grids" | "incidents" | "plan"} Step */
const STEPS = /** @type {Step[]} */ (["townships", "grids", "incidents", "plan"]);

/** The first step of a new installation that is still open. @param {Overview} overview @returns {Step | null} */
function openStep(overview) {
  const done = { ...overview, plan: overview.run !== null || overview.next_week.plan !== null };
  return STEPS.find((step) => !done[step]) ?? null;
}

/** @param {HTMLElement} place @param {Overview} overview */
export function showNext(place, overview) {
  const own = ownWork();
  if (own) return fill(place, own.words, own.button);
  const step = openStep(overview);
  byId("page").classList.toggle("fresh", step !== null && step !== "plan");
  const says = step && step !== "plan" ? importFirst(step) : week(overview);
  fill(place, says.words, says.button, step && steps(step));
}

/** @param {"townships" | "grids" | "incidents"} layer */
function importFirst(layer) {
  if (!may("import")) return { words: said(word(`next.${layer}`), word("next.ask")), button: null };
  const button = make("a", { class: "button primary", href: "#import" }, word("next.do_import"));
  const choose = () => /** @type {HTMLInputElement} */ (document.querySelector(`input[name=layer][value=${layer}]`)).click();
  choose();
  button.addEventListener("click", choose);
  return { words: said(word(`next.${layer}`), word(`next.why_${layer}`)), button };
}

/** @param {Overview} overview */
function week({ next_week: next, this_week: now }) {
  const state = next.state ?? "plan";
  const useful = { plan: may("plan"), draft: may("approve"), approved: false }[state];
  const verb = useful ? { plan: "next.do_plan", draft: "next.do_approve", approved: "" }[state] : "next.do_look";
  const why = !useful && state !== "approved" ? "" : word(`next.why_${state}`, { week: now.week, state: word(`plan.${now.state ?? "none"}`) });
  const button = make("a", { class: "button primary", href: `/planning?week=${next.week}` }, word(verb));
  return { words: said(word(`next.${state}`, { week: next.week, visits: next.visits ?? 0 }), why), button };
}

/** @param {string} title @param {string} why */
function said(title, why) {
  return make("div", {}, make("h1", {}, title), make("p", {}, why));
}

/** @param {Step} now */
function steps(now) {
  const open = STEPS.indexOf(now);
  const items = STEPS.map((step, at) => {
    /** @type {Record<string, string>} */
    const attributes = at === open ? { "aria-current": "step" } : { class: at < open ? "done" : "later" };
    const state = at < open && make("span", { class: "seen-by-readers" }, word("steps.done"));
    return make("li", attributes, word(`steps.${step}`), state);
  });
  return make("ol", { class: "steps", "aria-label": word("steps.title") }, ...items);
}
