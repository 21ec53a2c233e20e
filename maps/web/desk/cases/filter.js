// What is shown of all that is open: one matter, township, source or state, or several of these at
// once, in the queues and on the map alike. Kept for each person in this browser; it says what it hides.

import { all, ifGiven } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { number } from "../../shared/formats.js";
import { word, wordOr } from "../../shared/words.js";
import { sourceOf } from "../sources.js";
import { keyOf } from "./draft.js";
import { matterOf } from "./row.js";

/** @import {Queue} from "./queues.js" */
/** @import {Listed} from "./types.js" */
/** @typedef {"matter" | "township" | "source" | "state"} By */
/** @typedef {{code: string, name: string}} Choice  `name`: for when no open case has it any more. */

const KEPT = keyOf("filter");
const CASES = "/api/incidents?";
/** In the order of the loop; everything else goes by its name. */
const STATES = ["reported", "to_check", "filed", "dispatched", "accepted", "on_scene", "handling", "handled", "to_recheck"];
/** @type {Record<By, (one: Listed) => string>} */
const NAMES = {
  matter: matterOf, source: ({ source }) => sourceOf(source), state: ({ state }) => wordOr(`state.${state}`, state),
  township: ({ township }) => townships.get(township ?? "") ?? township ?? "",
};
const rows = /** @type {HTMLElement} */ (byId("filters"));
const opener = byId("filter-open");
const clear = byId("filter-clear");
const selects = /** @type {HTMLSelectElement[]} */ ([...rows.querySelectorAll("select")]);
/** @type {Map<string, string>} */
const townships = new Map();
/** @type {Partial<Record<By, Choice>>} */
let chosen = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
/** @type {(() => void)[]} */
const hearers = [];

export function prepareFilter() {
  for (const select of selects) {
    offer(select, new Map());
    select.addEventListener("change", () => choose({ ...chosen, [select.name]: choiceOf(select) }));
  }
  opener.addEventListener("click", () => unfold(!rows.classList.contains("open")));
  clear.addEventListener("click", () => {
    choose({});
    focusFilter();
  });
  mark();
  void nameTownships();
}

/** @param {() => void} hear Told when something else is chosen. */
export function onFilter(hear) {
  hearers.push(hear);
}

export function filtering() {
  return Object.keys(chosen).length > 0;
}

/** @param {Listed} one */
export function passes(one) {
  for (const by in chosen) if (one[/** @type {By} */ (by)] !== chosen[/** @type {By} */ (by)]?.code) return false;
  return true;
}

/** Where a queue is read with what is chosen; nothing where the two exclude each other. @param {Queue} queue */
export function pathOf({ name, path }) {
  if (!name || !path.startsWith(CASES)) return path;
  const asked = new URLSearchParams(path.slice(CASES.length));
  for (const [by, { code }] of Object.entries(chosen)) {
    if (asked.has(by) && asked.get(by) !== code) return "";
    asked.set(by, code);
  }
  return CASES + asked;
}

/** What of all that is open is shown; tells what is hidden, and offers what there is. @param {Listed[]} open */
export function shownOf(open) {
  const shown = filtering() ? open.filter(passes) : open;
  const now = Date.now();
  /** @param {Listed[]} some */
  const late = (some) => some.filter(({ due }) => Date.parse(due?.at ?? "") < now).length;
  const hidden = open.length - shown.length;
  const told = word("filter.hidden", { n: number(hidden), late: hidden ? number(late(open) - late(shown)) : 0 });
  if (byId("hidden-cases").textContent !== told) byId("hidden-cases").textContent = told;
  for (const select of selects) offer(select, found(/** @type {By} */ (select.name), open));
  return shown;
}

/** The first of them, by the keyboard. */
export function focusFilter() {
  unfold(true);
  selects[0].focus();
}

/** @param {Partial<Record<By, Choice | undefined>>} now */
function choose(now) {
  chosen = Object.fromEntries(Object.entries(now).filter(([, choice]) => choice));
  localStorage.setItem(KEPT, JSON.stringify(chosen));
  mark();
  for (const hear of hearers) hear();
}

/** @param {HTMLSelectElement} select @returns {Choice | undefined} */
function choiceOf({ value, selectedOptions: [option] }) {
  return value ? { code: value, name: option.text } : undefined;
}

function mark() {
  const n = Object.keys(chosen).length;
  for (const select of selects) {
    select.value = chosen[/** @type {By} */ (select.name)]?.code ?? "";
    select.classList.toggle("chosen", select.value !== "");
  }
  byId("filter-told").hidden = n === 0;
  opener.textContent = n ? word("filter.open_n", { n }) : word("filter.open");
}

/** @param {boolean} open */
function unfold(open) {
  rows.classList.toggle("open", open);
  opener.setAttribute("aria-expanded", String(open));
}

/** What the cases have of it, with the names. @param {By} by @param {Listed[]} open */
function found(by, open) {
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const one of open) {
    const code = one[by];
    if (code !== null && !names.has(code)) names.set(code, NAMES[by](one));
  }
  return names;
}

/** A list that somebody may be looking through stays as it is. @param {HTMLSelectElement} select @param {Map<string, string>} names */
function offer(select, names) {
  const own = chosen[/** @type {By} */ (select.name)];
  if (own && !names.has(own.code)) names.set(own.code, own.name);
  const told = JSON.stringify([...names].sort());
  const read = select === document.activeElement && select.options.length > 1;
  if (read || select.dataset.told === told) return;
  select.dataset.told = told;
  fill(select, select.options[0], ...[...names].sort(inOrder).map(([code, name]) => make("option", { value: code }, name)));
  select.value = own?.code ?? "";
}

/** @param {[string, string]} one @param {[string, string]} other */
function inOrder([one, name], [other, otherName]) {
  return STATES.indexOf(one) - STATES.indexOf(other) || name.localeCompare(otherName, document.documentElement.lang);
}

async function nameTownships() {
  /** @type {{code: string, name: string}[] | null} */
  const known = await ifGiven(all("/api/townships"));
  for (const { code, name } of known ?? []) townships.set(code, name);
}
