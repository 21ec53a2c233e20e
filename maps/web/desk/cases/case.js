// One case in full: what it is, by when, what can be done with it, who waits for it, what is like it.

import { apart } from "../../shared/apart.js";
import { get, Refusal } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { time } from "../../shared/formats.js";
import { region } from "../../shared/region.js";
import { word, wordOr } from "../../shared/words.js";
import { showCase } from "../map/board.js";
import { sourceOf } from "../sources.js";
import { candidates } from "./candidates.js";
import { due } from "./due.js";
import { duplicates } from "./duplicates.js";
import { enquiries } from "./enquiries.js";
import { gridName } from "./gridname.js";
import { history } from "./history.js";
import { matterOf, pressing } from "./row.js";
import { verbs } from "./verbs.js";

/** @import {Case} from "./types.js" */

const GONE = 404;
/** A place of words, the middle of a grid or a poor fix: nobody stands at such a point. */
const APPROXIMATE_M = 99;
const place = byId("case");
const untitled = byId("case-title").textContent;
let shown = "";
let version = 0;
/** The newest that is known of the case, where others were at it since it was drawn. @type {Case | null} */
let newer = null;

export function current() {
  return shown;
}

/** @param {string} id */
export async function show(id) {
  if (shown !== id) byId("case-title").textContent = untitled;
  shown = id;
  await region(place, async () => draw(await get(`/api/incidents/${id}`)));
  byId("case-panel").focus({ preventScroll: true });
}

/** Others may have done something: told by a bar, so that nothing moves under one's hands. The map follows. */
export async function look() {
  const now = shown && await seen(shown);
  if (!now || now.id !== shown || now.version <= (newer?.version ?? version)) return;
  newer = now;
  fill(bar(), word("cases.changed", { state: wordOr(`state.${now.state}`, now.state) }));
  showCase(now);
}

/** One bar, however much has happened: it shows the newest. @returns {HTMLElement} */
function bar() {
  /** @type {HTMLElement | null} */
  const there = place.querySelector("button.changed");
  if (there) return there;
  const made = make("button", { type: "button", class: "news changed" });
  made.addEventListener("click", () => { if (newer) draw(newer); });
  place.prepend(made);
  return made;
}

/** What went out of one's sight stays as it was, with a word on it. @param {string} id @returns {Promise<Case | null>} */
async function seen(id) {
  try {
    return await get(`/api/incidents/${id}`);
  } catch (failure) {
    if (!(failure instanceof Refusal && failure.problem.status === GONE)) throw failure;
    if (id === shown && !place.querySelector("p.changed")) place.prepend(make("p", { class: "warn changed", role: "status" }, word("cases.out_of_sight")));
    return null;
  }
}

/** A case as it is now; `news` are steps that others have taken meanwhile. @param {Case} one @param {HTMLElement | null} [news] */
export function draw(one, news = null) {
  if (one.id !== shown) return;
  version = one.version;
  newer = null;
  const going = make("section", { class: "card candidates stack" });
  const waiting = make("section", { class: "stack" });
  const alike = make("section", { class: "stack" });
  fill(byId("case-title"), matterOf(one), " ", make("span", { class: `chip state ${one.state}` }, wordOr(`state.${one.state}`, one.state)));
  fill(place, news, head(one), facts(one), one.description && make("p", { class: "said" }, one.description), photos(one), one.verbs.includes("dispatch") && going, verbs(one), waiting, alike, history(one));
  showCase(one);
  if (one.verbs.includes("dispatch")) void region(going, () => candidates(going, one));
  void enquiries(waiting, one);
  void duplicates(alike, one);
}

/** @param {Case} one */
function head(one) {
  const by = one.acknowledge_by ? make("span", {}, word("cases.unacknowledged"), " ", due(one.acknowledge_by)) : due(one.due?.at, one.due?.provisional, one.due?.soon_at);
  const promised = one.promised_by && !one.suspended_until && make("span", {}, word("cases.promised"), " ", due(one.promised_by, false, one.soon_at));
  const many = one.flood && make("span", { class: "quiet small" }, word("cases.flood"));
  return make("p", { class: "row" }, make("strong", {}, one.case_no ?? word("cases.unnumbered")), pressing(one), by, promised, many);
}

/** @param {Case} one */
function facts(one) {
  const doubts = [one.uncertain && word("cases.uncertain"), one.beyond_own && word("cases.beyond_own")].filter(Boolean);
  const grid = make("span", {}, one.grid ? gridName(one.grid) : word("call.no_grid"), ...doubts.map((doubt) => ` · ${doubt}`));
  /** @type {[string, Node | string | null][]} */
  const rows = [
    ["cases.address", one.address ?? word("cases.no_address")],
    ["cases.sure", sure(one)],
    ["cases.in_grid", grid],
    ["cases.occurred", time(one.occurred_at)],
    ["cases.source", sourceOf(one.source)],
    ["cases.squad", one.squad && (one.squads[one.squad] ?? one.squad)],
  ];
  const told = rows.filter(([, text]) => text).flatMap(([key, text]) => [make("dt", {}, word(key)), make("dd", {}, text)]);
  const root = one.merged_into && make("a", { href: `#case=${one.merged_into}` }, word("cases.root"));
  return make("dl", { class: "facts" }, ...told, ...(root ? [make("dt", {}, word("cases.merged")), make("dd", {}, root)] : []));
}

/** How well its place is known, where anything tells. @param {Case} one */
function sure({ accuracy_m: metres }) {
  if (metres === null) return null;
  return word(metres > APPROXIMATE_M ? "cases.approximate" : "cases.accurate", { n: Math.round(metres) });
}

/** @param {Case} one */
function photos({ id, photos: all }) {
  if (!all.length) return null;
  return make("ul", { class: "shots" }, ...all.map((photo) => {
    const address = `/api/incidents/${id}/photos/${photo.id}`;
    const alt = `${wordOr(`photo.${photo.kind}`, photo.kind)} ${time(photo.at)}`;
    return make("li", {}, make("a", { href: address, target: "_blank" }, make("img", { src: `${address}?size=small`, alt, loading: "lazy" })), make("p", { class: "small" }, alt), apart(photo));
  }));
}
