// The queues as tabs, each with its count, red where something is late.

import { get, ifGiven } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { number } from "../../shared/formats.js";
import { word } from "../../shared/words.js";
import { pathOf } from "./filter.js";
import { QUEUES } from "./queues.js";
import { isLate } from "./until.js";

/** @import {Queue} from "./queues.js" */
/** @import {Enquiry, Listed} from "./types.js" */
/** @typedef {Listed | Enquiry} Item */
/** @typedef {{items: Item[], next: string | null}} Got */

const CASES = "/api/incidents";
export const PAGE = 50;

/** @param {Queue | undefined} now @param {(queue: Queue) => void} turnTo */
export function drawTabs(now, turnTo) {
  fill(byId("tabs"), ...QUEUES.map((queue) => {
    const button = make("button", { type: "button", "data-queue": queue.name, "aria-pressed": String(queue === now), hidden: Boolean(queue.rare) && queue !== now },
      make("span", {}, word(`cases.queue.${queue.name}`)), make("span", { class: "count" }, "…"));
    button.addEventListener("click", () => {
      for (const each of byId("tabs").children) each.setAttribute("aria-pressed", String(each === button));
      turnTo(queue);
    });
    return button;
  }));
}

/** @param {Queue} queue @returns {Promise<Got>} */
export async function read(queue) {
  const path = pathOf(queue);
  /** @type {Got} */
  const got = path ? await get(`${path}&limit=${PAGE}`) : { items: [], next: null };
  say(queue.name, got, await total(path, got));
  return got;
}

/** How many there are in all: counted by the server where they are more than a page. @param {string} path @param {Got} got */
async function total(path, { items, next }) {
  if (!next || !path.startsWith(CASES)) return next ? `${items.length}+` : String(items.length);
  /** @type {{count: number}} */
  const { count } = await get(path.replace(CASES, `${CASES}/count`));
  return number(count);
}

/** @param {Queue} queue */
export async function count(queue) {
  await ifGiven(read(queue));
}

/** @param {string} name @param {Got} got @param {string} all */
export function say(name, { items }, all) {
  /** @type {HTMLElement | null} */
  const button = byId("tabs").querySelector(`[data-queue="${name}"]`);
  const now = Date.now();
  const late = items.some((item) => ("due" in item ? isLate(item, now) : !item.answered_at && Date.parse(item.respond_by ?? "") < now));
  if (!button) return;
  button.hidden = Boolean(QUEUES.find((queue) => queue.name === name)?.rare) && !items.length && button.getAttribute("aria-pressed") !== "true";
  button.classList.toggle("alarm", (name === "alarm" && items.length > 0) || late);
  fill(/** @type {HTMLElement} */ (button.querySelector(".count")), all);
}
