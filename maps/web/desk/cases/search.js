// One box for everything: the rows of the queue, any open case, a squad, a grid, an address or a place.

import { get, ifGiven, post } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { word, wordOr } from "../../shared/words.js";
import { cases, complete, onChange, squads } from "../live/store.js";
import { forgetPlace, showPlace } from "../map/board.js";
import { listNear } from "./lists.js";
import { grid, gridPlace } from "./placing.js";
import { matterOf } from "./row.js";
import { turn } from "./views.js";

/** @import {Place} from "./types.js" */
/** @typedef {{kind: "case" | "squad" | "grid" | "place", text: string, go: () => void}} Find */

const PAUSE_MS = 200;
const SHORTEST = 2;
const LISTED = 5;
const CASES = 12;
const A_GRID = /^\d{6,}$/;
const input = /** @type {HTMLInputElement} */ (byId("search"));
const finds = byId("finds");
let asked = 0;
let waiting = 0;
let early = false;

export function prepareSearch() {
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void seek(input.value.trim()), PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    const first = finds.querySelector("button");
    if (event.key === "Escape") close();
    if (!first || !["Enter", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Enter") first.click();
    else first.focus();
  });
  finds.addEventListener("keydown", step);
  onChange("cases", again);
  if (input.value.trim()) void seek(input.value.trim()); // typed while the page was still coming
}

/** What was asked before all cases were here is looked for once more when they have come. */
function again() {
  if (early && complete() && finds.childElementCount) void seek(input.value.trim());
}

/** @param {string} text */
async function seek(text) {
  const mine = (asked += 1);
  early = !complete();
  if (text.length < SHORTEST) return close();
  const near = [...openCases(text), ...ownSquads(text)];
  const places = (await ifGiven(named(text))) ?? [];
  if (mine !== asked) return;
  const found = [...near, ...places];
  fill(finds, ...found.map(choice), !found.length && make("p", { class: "quiet small" }, word("find.nothing")));
}

function close() {
  fill(finds);
  forgetPlace();
}

/** @param {Find} find */
function choice({ kind, text, go }) {
  const button = make("button", { type: "button" }, make("span", { class: "quiet small" }, word(`find.${kind}`)), make("span", {}, text));
  button.addEventListener("click", () => {
    fill(finds);
    go();
  });
  return button;
}

/** @param {string} text @returns {Find[]} */
function openCases(text) {
  const wanted = text.toLowerCase();
  const found = [...cases.values()].filter((one) => [one.case_no, one.address].some((words) => words?.toLowerCase().includes(wanted)));
  return found.slice(0, CASES).map((one) => ({
    kind: "case", text: [one.address, one.case_no, matterOf(one), wordOr(`state.${one.state}`, one.state)].filter(Boolean).join(" · "),
    go: () => { location.hash = `#case=${one.id}`; },
  }));
}

/** @param {string} text @returns {Find[]} */
function ownSquads(text) {
  const found = [...squads.values()].filter(({ name, code }) => name.includes(text) || code === text);
  return found.slice(0, LISTED).map(({ name, lon, lat }) => ({ kind: "squad", text: name, go: () => fly(name, lon, lat) }));
}

/** @param {string} text @returns {Promise<Find[]>} */
async function named(text) {
  if (A_GRID.test(text)) return [found("grid", await grid(text))];
  const called = new URLSearchParams({ name: text, limit: String(LISTED) });
  const [addresses, places, grids] = await Promise.all([
    post("/api/addresses", { text, limit: LISTED }), get(`/api/places?${called}`), get(`/api/grids?${called}`),
  ].map((answer) => /** @type {Promise<{items: any[]}>} */ (answer)));
  /** @type {Place[]} */
  const all = [...addresses.items, ...places.items];
  const once = new Map(all.map((place) => [`${place.name} ${place.lon.toFixed(3)} ${place.lat.toFixed(3)}`, place]));
  return [
    ...grids.items.map((one) => found("grid", gridPlace(one))),
    ...[...once.values()].slice(0, LISTED).map((place) => found("place", place)),
  ];
}

/** @param {Find["kind"]} kind @param {Place} place @returns {Find} */
function found(kind, { name, township, lon, lat }) {
  return { kind, text: [name, township].filter(Boolean).join(" · "), go: () => fly(name, lon, lat) };
}

/** On the map; where there is none, to the list of what is near. @param {string} name @param {number} lon @param {number} lat */
function fly(name, lon, lat) {
  if (byId("cases").classList.contains("no-board")) return listNear({ name, lon, lat });
  if (byId("cases").dataset.view === "lists") turn("map");
  showPlace(lon, lat);
}

/** @param {KeyboardEvent} event */
function step(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape") close();
  if (!by) return;
  event.preventDefault();
  const buttons = [...finds.querySelectorAll("button")];
  const next = buttons[buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement)) + by];
  (next ?? input).focus();
}
