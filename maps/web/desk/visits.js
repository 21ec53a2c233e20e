// The table of grids: sorted, filtered, and a part of it at a time.

import { byId, fill, make } from "../shared/dom.js";
import { number, tenths } from "../shared/formats.js";
import { word } from "../shared/words.js";
import { reasons } from "./reasons.js";

/** @import {Plan, Visit} from "./types.js" */
/** @typedef {"name" | "township_name" | "visits" | "previous" | "expected"} Column */

const STEP = matchMedia("(max-width: 700px)").matches ? 20 : 200;
const section = byId("visits");
const township = /** @type {HTMLSelectElement} */ (byId("township"));
const find = /** @type {HTMLInputElement} */ (byId("find"));
/** @type {{visits: Visit[], sort: Column, down: boolean, rows: number, chosen: string}} */
const table = { visits: [], sort: "visits", down: true, rows: STEP, chosen: "" };
/** @type {(visit: Visit) => void} */
let choose = () => undefined;

/** @param {(visit: Visit) => void} chosen @param {(township: string) => void} filtered */
export function prepareTable(chosen, filtered) {
  choose = chosen;
  for (const head of /** @type {NodeListOf<HTMLElement>} */ (section.querySelectorAll("th[data-sort]"))) {
    head.querySelector("button")?.addEventListener("click", () => sortBy(/** @type {Column} */ (head.dataset.sort)));
  }
  township.addEventListener("change", () => { again(); filtered(township.value); });
  find.addEventListener("input", again);
  byId("more").addEventListener("click", () => { table.rows += STEP; draw(); });
}

/** @param {Plan | null} plan */
export function showVisits(plan) {
  section.hidden = plan === null;
  table.visits = plan?.visits ?? [];
  table.chosen = "";
  showTownships();
  again();
}

function showTownships() {
  const names = new Map(table.visits.map((visit) => [visit.township, visit.township_name]));
  const options = [...names].sort().map(([code, name]) => make("option", { value: code }, name));
  fill(township, make("option", { value: "" }, word("visits.all_townships")), ...options);
}

/** @param {Column} column */
function sortBy(column) {
  table.down = table.sort === column ? !table.down : column !== "name" && column !== "township_name";
  table.sort = column;
  again();
}

function again() {
  table.rows = STEP;
  draw();
}

function wanted() {
  const text = find.value.trim().toLowerCase();
  const inTownship = (/** @type {Visit} */ visit) => !township.value || visit.township === township.value;
  const named = (/** @type {Visit} */ visit) => !text || `${visit.name} ${visit.code}`.toLowerCase().includes(text);
  return table.visits.filter((visit) => inTownship(visit) && named(visit)).sort(order);
}

/** Equal ones by code, so that nothing jumps. @param {Visit} one @param {Visit} other */
function order(one, other) {
  const [a, b] = [one[table.sort] ?? -1, other[table.sort] ?? -1];
  const by = typeof a === "string" ? a.localeCompare(String(b), "zh") : a - Number(b);
  return (table.down ? -by : by) || other.expected - one.expected || one.code.localeCompare(other.code);
}

function draw() {
  const found = wanted();
  const shown = found.slice(0, table.rows);
  fill(byId("rows"), ...shown.map(row));
  byId("shown").textContent = found.length
    ? word("visits.shown", { shown: number(shown.length), total: number(found.length) })
    : word("visits.empty");
  byId("more").hidden = shown.length === found.length;
  byId("more").textContent = word("visits.more", { n: Math.min(STEP, found.length - shown.length) });
  for (const head of /** @type {NodeListOf<HTMLElement>} */ (section.querySelectorAll("th[data-sort]"))) {
    if (head.dataset.sort === table.sort) head.setAttribute("aria-sort", table.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
}

/** @param {Visit} visit */
function row(visit) {
  const name = make("button", { type: "button", class: "link", title: visit.code, "aria-label": word("visits.show", { name: visit.name }) }, visit.name);
  const made = make(
    "tr",
    { "data-code": visit.code, "aria-selected": String(visit.code === table.chosen) },
    make("td", {}, name),
    make("td", {}, visit.township_name),
    make("td", { class: "number visits", "data-label": word("visits.visits") }, number(visit.visits)),
    make("td", { class: "number", "data-label": word("visits.previous") }, before(visit)),
    make("td", { class: "number", "data-label": word("visits.expected") }, tenths(visit.expected)),
    make("td", { class: "why" }, reasons(visit).join(" · ")),
  );
  name.addEventListener("click", () => {
    byId("rows").querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    made.setAttribute("aria-selected", "true");
    table.chosen = visit.code;
    choose(visit);
  });
  return made;
}

/** @param {Visit} visit */
function before({ previous, visits }) {
  if (previous === null) return word("visits.new");
  const way = visits > previous ? "up" : visits < previous ? "down" : "";
  return make("span", { class: way }, number(previous));
}
