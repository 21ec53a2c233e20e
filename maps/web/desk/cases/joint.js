// Whom to send where, for all cases that wait at once: a proposal to take, or to change first. While
// it is open it is looked at anew as things change: what holds no longer is marked, and it can be made
// anew with what was changed by hand.

import { get, ifGiven, post } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { drawer } from "../../shared/drawer.js";
import { attempt } from "../../shared/forms.js";
import { follow } from "../../shared/jobs.js";
import { region } from "../../shared/region.js";
import { word } from "../../shared/words.js";
import { onChange, squads } from "../live/store.js";
import { jointNews } from "./jointnews.js";
import { canGo, pairRow } from "./jointrow.js";
import { head, leftOver, outcomes, summary } from "./jointtold.js";

/** @import {Kept, Row} from "./jointrow.js" */
/** @import {Outcome, Pair, Proposal, Waiting} from "./jointtold.js" */
/** @typedef {{job: string, meet: (now: Proposal) => void}} Shown */

const PAUSE_MS = 1_000;
/** The proposal on the screen, until it is sent or put away. @type {Shown | null} */
let shown = null;
let waiting = 0;
/** Whether each squad can be sent: where it is changes every second, and nothing here. @type {Map<string, boolean>} */
const able = new Map();

export function prepareJoint() {
  byId("propose").addEventListener("click", () => {
    const { place, dialog } = drawer(word("joint.title"), () => { shown = null; });
    dialog.classList.add("joint");
    propose(place);
  });
  onChange("cases", heed);
  onChange("squads", (changed) => {
    const other = [...changed].filter((code) => able.get(code) !== canGo(squads.get(code)));
    for (const code of other) able.set(code, canGo(squads.get(code)));
    if (other.length) heed();
  });
}

function heed() {
  if (shown) waiting ||= setTimeout(() => void ifGiven(lookAgain()), PAUSE_MS);
}

async function lookAgain() {
  waiting = 0;
  const seen = shown;
  if (!seen) return;
  /** @type {Proposal} */
  const now = await get(`/api/dispatch/proposals/${seen.job}`);
  if (seen === shown) seen.meet(now);
}

/** @param {HTMLElement} place @param {Map<string, Kept>} [kept] What was changed by hand. */
function propose(place, kept = new Map()) {
  shown = null;
  void region(place, async () => show(place, await solved(place), kept));
}

/** @param {HTMLElement} place @returns {Promise<Proposal>} */
async function solved(place) {
  fill(place, make("p", { class: "quiet", role: "status" }, word("joint.working")));
  place.setAttribute("aria-busy", "true");
  /** @type {{job: string}} */
  const { job } = await post("/api/dispatch/solve");
  await follow(job, () => undefined);
  return get(`/api/dispatch/proposals/${job}`);
}

/** @param {HTMLElement} place @param {Proposal} proposal @param {Map<string, Kept>} kept */
function show(place, proposal, kept) {
  if (!place.isConnected) return;
  const own = proposal.left.filter(({ incident }) => kept.get(incident)?.squad);
  const left = proposal.left.filter((one) => !own.includes(one));
  const rows = [...proposal.pairs, ...own.map(unproposed)].map((pair) => pairRow(pair, kept.get(pair.incident)));
  const news = jointNews(() => propose(place, new Map(rows.map(({ pair, changes }) => [pair.incident, changes()]))));
  const table = rows.length ? sending(place, proposal.job, rows) : [make("p", {}, word(left.length ? "joint.nobody" : "cases.none"))];
  fill(place, ...(rows.length ? summary(proposal) : []), news.line, table[0], leftOver(left, !rows.length), table[1] ?? null);
  const meet = (/** @type {Proposal} */ now) => {
    const stale = new Map(now.pairs.map((pair) => [pair.incident, pair.stale]));
    for (const { meet, pair } of rows) meet(stale.get(pair.incident));
    news.meet(now, rows);
    table[0].dispatchEvent(new Event("change"));
  };
  shown = { job: proposal.job, meet };
  meet(proposal);
}

/** A case for which none is proposed, but was chosen by hand. @param {Waiting} one @returns {Pair} */
function unproposed(one) {
  return { ...one, squad: "", name: "", seconds: 0, due_in_s: 0, on_foot: false, reasons: [], stale: null };
}

/** The rows, and the button that sends what is ticked. @param {HTMLElement} place @param {string} job @param {Row[]} rows */
function sending(place, job, rows) {
  const send = make("button", { type: "button", class: "primary" });
  const table = make("table", {}, head(), make("tbody", {}, ...rows.map(({ line }) => line)));
  const chosen = () => rows.filter(({ tick }) => tick.checked);
  table.addEventListener("change", () => {
    send.textContent = word("joint.take", { n: chosen().length });
    send.disabled = !chosen().length;
  });
  send.addEventListener("click", () => void attempt(place, async () => {
    const pairs = chosen().map(({ pair, choice }) => ({ incident: pair.incident, squad: choice.value, version: pair.version }));
    /** @type {{items: Outcome[]}} */
    const { items } = await post("/api/dispatch/commit", { job, pairs });
    shown = null;
    document.dispatchEvent(new Event("stepped"));
    fill(place, ...outcomes(items));
  }));
  return [table, make("div", { class: "row end" }, send)];
}
