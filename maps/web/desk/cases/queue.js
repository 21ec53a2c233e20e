// The queues: what waits for the desk. Rows never jump: what is new waits behind a bar.

import { get, Refusal, Unreachable } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { time } from "../../shared/formats.js";
import { region } from "../../shared/region.js";
import { word } from "../../shared/words.js";
import { numbered } from "./numbers.js";
import { FIRST, QUEUES } from "./queues.js";
import { row } from "./row.js";

/** @import {Enquiry, Listed} from "./types.js" */

/** @typedef {Listed | Enquiry} Item */
/** @typedef {{items: Item[], next: string | null}} Got */

const MOST = 50;
const REMEMBERED = "desk.queue";

const list = byId("list");
const news = byId("news");
const more = byId("more");
const search = /** @type {HTMLInputElement} */ (byId("search"));
let now = QUEUES.find(({ name }) => name === sessionStorage.getItem(REMEMBERED)) ?? FIRST;
/** @type {Got} */
let waiting = { items: [], next: null };
let opened = "";
let drawn = "";

export function prepareQueue() {
  fill(byId("tabs"), ...QUEUES.map(tab));
  news.addEventListener("click", () => draw(waiting));
  more.addEventListener("click", () => void region(more, further));
  search.addEventListener("input", seek);
  void refresh(true);
}

/** What the list shows: the queue that was chosen, or the case whose number is in the search. */
function chosen() {
  const path = numbered(search.value);
  return path ? { name: "", path, of: [] } : now;
}

/** Marks the row of the case that is open. @param {string} id */
export function mark(id) {
  opened = id;
  for (const link of list.querySelectorAll("a.entry")) {
    const own = /** @type {HTMLElement} */ (link.parentElement).dataset.case === id;
    if (own) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Counts all queues and reads the one that is open; drawn anew where somebody here did something. @param {boolean} [anew] */
export async function refresh(anew = false) {
  if (!now) return;
  const wanted = chosen();
  await Promise.all(QUEUES.filter((queue) => queue !== wanted).map(count));
  if (anew) return reread();
  const got = await read(wanted);
  if (wanted.path === chosen().path) meet(got);
}

/** What is chosen, from the server; nothing if it was chosen no longer when the answer came. */
function reread() {
  const wanted = chosen();
  drawn = wanted.path;
  return region(list, async () => {
    const got = await read(wanted);
    if (wanted.path === chosen().path) draw(got);
  });
}

/** @param {typeof QUEUES[0]} queue */
function tab(queue) {
  const button = make("button", { type: "button", "data-queue": queue.name, "aria-pressed": String(queue === now) },
    make("span", {}, word(`cases.queue.${queue.name}`)), make("span", { class: "count" }, "…"));
  button.addEventListener("click", () => {
    now = queue;
    sessionStorage.setItem(REMEMBERED, queue.name);
    if (numbered(search.value)) search.value = "";
    for (const each of byId("tabs").children) each.setAttribute("aria-pressed", String(each === button));
    void refresh(true);
  });
  return button;
}

/** @param {typeof QUEUES[0]} queue @returns {Promise<Got>} */
async function read(queue) {
  /** @type {Got} */
  const got = await get(`${queue.path}${queue.path.includes("?") ? "&" : "?"}limit=${MOST}`);
  say(queue.name, got);
  return got;
}

/** @param {typeof QUEUES[0]} queue */
async function count(queue) {
  try {
    await read(queue);
  } catch (failure) {
    if (!(failure instanceof Refusal || failure instanceof Unreachable)) throw failure;
  }
}

/** @param {string} name @param {Got} got */
function say(name, { items, next }) {
  const button = byId("tabs").querySelector(`[data-queue="${name}"]`);
  const late = items.some((item) => Date.parse(("due" in item ? item.due?.at : item.answered_at ? null : item.respond_by) ?? "") < Date.now());
  if (!button) return;
  button.classList.toggle("alarm", (name === "alarm" && items.length > 0) || late);
  fill(/** @type {HTMLElement} */ (button.querySelector(".count")), next ? `${items.length}+` : String(items.length));
}

/** @param {Got} got */
function draw(got) {
  waiting = got;
  news.hidden = true;
  more.hidden = got.next === null;
  fill(list, ...(got.items.length ? got.items.map(row) : [empty()]));
  sift();
  mark(opened);
}

/** Rows that stand are told anew where they are; those that left fade; new ones wait. @param {Got} got */
function meet(got) {
  const shown = new Map([...list.children].map((each) => [/** @type {HTMLElement} */ (each).dataset.id, each]));
  const come = got.items.filter(({ id }) => !shown.has(id));
  const here = new Set(got.items.map(({ id }) => id));
  for (const item of got.items) update(shown.get(item.id), item);
  for (const [id, each] of shown) each.classList.toggle("gone", Boolean(id) && !here.has(id ?? "") && got.next === null);
  waiting = got;
  news.hidden = come.length === 0;
  if (come.length) news.textContent = word("cases.news", { n: come.length });
  mark(opened);
}

/** @param {Element | undefined} old @param {Item} item */
function update(old, item) {
  if (!old || old.contains(document.activeElement)) return;
  const fresh = row(item);
  fresh.hidden = /** @type {HTMLElement} */ (old).hidden;
  old.replaceWith(fresh);
}

async function further() {
  /** @type {Got} */
  const got = await get(`${chosen().path}&limit=${MOST}&after=${encodeURIComponent(waiting.next ?? "")}`);
  waiting = { items: [...waiting.items, ...got.items], next: got.next };
  list.append(...got.items.map(row));
  more.hidden = got.next === null;
  sift();
  fill(more, word("cases.more"));
}

function seek() {
  if (chosen().path === drawn) sift();
  else void reread();
}

/** Only what has the words in it. */
function sift() {
  const wanted = search.value.trim().toLowerCase();
  for (const each of list.querySelectorAll("[data-id]")) /** @type {HTMLElement} */ (each).hidden = !(each.textContent ?? "").toLowerCase().includes(wanted);
}

function empty() {
  return make("li", { class: "empty quiet" }, word(numbered(search.value) ? "cases.not_found" : "cases.none"), make("span", { class: "small" }, word("cases.as_of", { time: time(new Date().toISOString()) })));
}
