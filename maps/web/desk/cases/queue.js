// The queues: what waits for the desk. Rows never jump: what is new waits behind a bar. Where the
// server tells what changes, nothing is asked for again.

import { get } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { number, time } from "../../shared/formats.js";
import { region } from "../../shared/region.js";
import { word } from "../../shared/words.js";
import { cases, complete } from "../live/store.js";
import { isLive } from "../live/stream.js";
import { filtering, onFilter, passes, pathOf, shownOf } from "./filter.js";
import { numbered } from "./numbers.js";
import { FIRST, QUEUES } from "./queues.js";
import { row } from "./row.js";
import { count, drawTabs, PAGE, read, say } from "./tabs.js";

/** @import {Queue} from "./queues.js" */
/** @import {Got, Item} from "./tabs.js" */

const REMEMBERED = "desk.queue";
const RECOUNT_MS = 500;
const AGE_MS = 20_000;

const list = byId("list");
const news = byId("news");
const more = byId("more");
const search = /** @type {HTMLInputElement} */ (byId("search"));
let now = QUEUES.find(({ name }) => name === sessionStorage.getItem(REMEMBERED)) ?? FIRST;
/** @type {Got} */
let waiting = { items: [], next: null };
let opened = "";
let drawn = "";
/** How often the list was asked for: an answer that comes after a newer question tells nothing. */
let turn = 0;
/** What was in the queue when it was drawn. @type {Set<string> | null} */
let known = null;
let counting = 0;

export function prepareQueue() {
  drawTabs(now, turnTo);
  news.addEventListener("click", () => void reread());
  setInterval(age, AGE_MS);
  more.addEventListener("click", () => void region(more, further));
  search.addEventListener("input", seek);
  onFilter(() => {
    recount();
    void refresh(true);
  });
  void refresh(true);
}

/** What the list shows: the queue that was chosen, or the case whose number is in the search. @returns {Queue} */
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

/** Counts all queues and reads the one that is open; drawn anew where somebody here did something. @param {boolean} [anew] @param {boolean} [missed] Whether what was told may not be all. */
export async function refresh(anew = false, missed = false) {
  if (!now) return;
  const [wanted, path] = [chosen(), pathOf(chosen())];
  const asked = missed ? QUEUES : QUEUES.filter((queue) => !isTold(queue));
  await Promise.all(asked.filter((queue) => queue !== wanted).map(count));
  if (anew) return reread();
  if (isTold(wanted) && !missed) return;
  const asking = turn;
  const got = await read(wanted);
  if (asking === turn && path === pathOf(chosen())) meet(got);
}

/** Whether what is in a queue follows from what the server tells by itself. @param {Queue} queue */
function isTold({ has }) {
  return Boolean(has) && isLive() && complete();
}

/** What was told of cases: those that stand in the list are told anew where they are. @param {Set<string>} changed */
export function heed(changed) {
  for (const each of /** @type {Iterable<HTMLElement>} */ (list.querySelectorAll("[data-case]"))) {
    if (changed.has(each.dataset.case ?? "")) renew(each);
  }
  mark(opened);
  counting ||= setTimeout(recount, RECOUNT_MS);
}

/** @param {HTMLElement} row */
function renew(row) {
  const { has } = chosen();
  const one = cases.get(row.dataset.id ?? "");
  if (!has || !complete()) return;
  const stays = one && has(one, Date.now()) && passes(one);
  row.classList.toggle("gone", !stays);
  if (stays) update(row, one);
}

function recount() {
  counting = 0;
  if (!complete()) return;
  const [at, all] = [Date.now(), shownOf([...cases.values()])];
  for (const queue of QUEUES.filter(isTold)) {
    const items = all.filter((one) => queue.has?.(one, at));
    say(queue.name, { items, next: null }, number(items.length));
  }
  const { has } = chosen();
  if (!has) return;
  const inside = all.filter((one) => has(one, at)).map(({ id }) => id);
  known ??= new Set(waiting.next === null ? waiting.items.map(({ id }) => id) : inside);
  offer(inside.filter((id) => !known?.has(id)).length);
}

/** Time goes on though nothing is told. */
function age() {
  if (document.hidden || !isTold(chosen())) return;
  for (const each of /** @type {Iterable<HTMLElement>} */ (list.querySelectorAll("[data-case]"))) renew(each);
  mark(opened);
  recount();
}

/** What is chosen, from the server; nothing if it was chosen no longer, or was asked for once more, when the answer came. */
function reread() {
  const [wanted, asking] = [chosen(), ++turn];
  drawn = pathOf(wanted);
  return region(list, async () => {
    const got = await read(wanted);
    if (asking === turn && drawn === pathOf(chosen())) draw(got);
  });
}

/** @param {Queue} queue */
function turnTo(queue) {
  now = queue;
  sessionStorage.setItem(REMEMBERED, queue.name);
  if (numbered(search.value)) search.value = "";
  void refresh(true);
}

/** @param {Got} got */
function draw(got) {
  waiting = got;
  known = null;
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
  if (waiting.next === null) known ??= new Set(waiting.items.map(({ id }) => id)); // not what has just come
  waiting = got;
  offer(come.length);
  mark(opened);
}

/** @param {number} n How many are new. */
function offer(n) {
  news.hidden = n === 0;
  if (n) news.textContent = word("cases.news", { n });
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
  const got = await get(`${drawn}&limit=${PAGE}&after=${encodeURIComponent(waiting.next ?? "")}`);
  waiting = { items: [...waiting.items, ...got.items], next: got.next };
  list.append(...got.items.map(row));
  more.hidden = got.next === null;
  sift();
  fill(more, word("cases.more"));
}

function seek() {
  if (pathOf(chosen()) === drawn) sift();
  else void reread();
}

/** Only what has the words in it. */
function sift() {
  const wanted = search.value.trim().toLowerCase();
  for (const each of list.querySelectorAll("[data-id]")) /** @type {HTMLElement} */ (each).hidden = !(each.textContent ?? "").toLowerCase().includes(wanted);
}

function empty() {
  const why = numbered(search.value) ? "cases.not_found" : filtering() ? "filter.none" : "cases.none";
  return make("li", { class: "empty quiet" }, word(why), make("span", { class: "small" }, word("cases.as_of", { time: time(new Date().toISOString()) })));
}
