// What the middle of the desk shows: the map, the call above it, or the lists instead of it. On a
// narrow screen one part of the desk is shown at a time.

import { byId } from "../../shared/dom.js";
import { keyOf } from "./draft.js";

/** @typedef {"map" | "call" | "lists"} View */

const KEPT = keyOf("work");
const page = byId("cases");
/** @type {((view: View) => void)[]} */
const hearers = [];

/** @param {(view: View) => void} hear */
export function onView(hear) {
  hearers.push(hear);
}

/** @returns {View} */
export function view() {
  return /** @type {View} */ (page.dataset.view);
}

/** @param {View} wanted */
export function turn(wanted) {
  if (!button(wanted)) return;
  page.dataset.view = wanted;
  sessionStorage.setItem(KEPT, wanted);
  for (const each of page.querySelectorAll(".bar [data-view]")) each.setAttribute("aria-pressed", String(each === button(wanted)));
  turnTo("work");
  for (const hear of hearers) hear(wanted);
}

/** @param {"queue" | "work" | "case"} panel */
export function turnTo(panel) {
  page.dataset.panel = panel;
  for (const each of page.querySelectorAll(".panels button")) each.setAttribute("aria-pressed", String(each instanceof HTMLElement && each.dataset.show === panel));
}

export function prepareViews() {
  for (const each of page.querySelectorAll(".bar [data-view]")) each.addEventListener("click", () => turn(viewOf(each)));
  for (const each of page.querySelectorAll(".panels button")) each.addEventListener("click", () => turnTo(/** @type {any} */ (each).dataset.show));
  turn(/** @type {View} */ (sessionStorage.getItem(KEPT) ?? view()));
  turnTo("queue");
}

/** @param {View} wanted */
function button(wanted) {
  return page.querySelector(`.bar [data-view="${wanted}"]`);
}

/** @param {Element} each */
function viewOf(each) {
  return /** @type {View} */ (/** @type {HTMLElement} */ (each).dataset.view);
}
