// What the map shows, as lists; and what one shift hands over to the next: what is open, what was
// promised, what falls due next, who is on duty. It is as of when it was drawn, and can be printed.

import { all, ifGiven } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { moment, time } from "../../shared/formats.js";
import { may } from "../../shared/may.js";
import { region } from "../../shared/region.js";
import { word, wordOr } from "../../shared/words.js";
import { stateOf, whereFrom } from "../map/items.js";
import { crewOf } from "../live/crew.js";
import { shiftOf } from "../live/shift.js";
import { cases, complete, onChange, squads } from "../live/store.js";
import { dueBy } from "./due.js";
import { nearPart } from "./near.js";
import { part } from "./part.js";
import { matterOf } from "./row.js";
import { momentOf, untilOf } from "./until.js";
import { onView, turn } from "./views.js";

/** @import {Enquiry, Listed} from "./types.js" */
/** @import {Squad} from "../live/types.js" */
/** @import {Found} from "./near.js" */

const MOST = 200;
const HOUR_MS = 3_600_000;
/** Nobody was sent yet; and what the server says that a squad has in hand. */
const [WAITING, SENT] = [["reported", "filed"], ["dispatched", "accepted", "on_scene", "handling"]];
const place = byId("lists");
/** A place that was searched for, while the lists are shown. @type {Found | null} */
let around = null;
/** Whether they were drawn before everything was here. */
let early = false;

export function prepareLists() {
  onView((view) => {
    if (view === "lists") return void region(place, draw);
    [around, early] = [null, false];
    fill(place);
  });
  for (const kind of /** @type {const} */ (["cases", "squads"])) onChange(kind, () => { if (early && isHere()) void region(place, draw); });
}

function isHere() {
  return complete() && complete("squads");
}

/** What is open near a place, where no map can show it. @param {Found} found */
export function listNear(found) {
  around = found;
  turn("lists");
  place.focus();
}

async function draw() {
  early = !isHere();
  const promised = may("contact") ? await enquiries() : [];
  const open = [...cases.values()].sort((one, two) => dueOf(one) - dueOf(two));
  const waiting = open.filter(isWaiting).sort((one, two) => dueOf(one) - dueOf(two) || since(one) - since(two));
  const on = [...squads.values()].filter(({ on_duty: duty }) => duty);
  const refresh = make("button", { type: "button" }, word("lists.anew"));
  const print = make("button", { type: "button" }, word("lists.print"));
  refresh.addEventListener("click", () => void region(place, draw));
  print.addEventListener("click", () => window.print());
  fill(place, make("div", { class: "stack" },
    make("div", { class: "row" }, make("h2", { id: "lists-title" }, word("lists.title")), make("span", { class: "quiet" }, word("cases.as_of", { time: time(new Date().toISOString()) })), refresh, print),
    sums(open, on), around && nearPart(around), openTable("lists.waiting", waiting),
    openTable("lists.next", open.filter((one) => !isWaiting(one))), promised.length > 0 && promisedTable(promised), squadTable([...on, ...[...squads.values()].filter(({ on_duty: duty }) => !duty)])));
}

/** @returns {Promise<Enquiry[]>} */
async function enquiries() {
  const both = ["answer", "call_back"].map((waits) => /** @type {Promise<Enquiry[]>} */ (all(`/api/enquiries?waits=${waits}`)));
  return (await ifGiven(Promise.all(both)))?.flat() ?? [];
}

/** @param {Listed} one */
function dueOf(one) {
  return momentOf(untilOf(one));
}

/** @param {Listed} one */
function isWaiting({ state, suspended_until: until }) {
  return !until && WAITING.includes(state);
}

/** Of what was promised nothing, the longest wait comes first. @param {Listed} one */
function since({ occurred_at: at }) {
  return Date.parse(at);
}

/** @param {Listed[]} open @param {Squad[]} on */
function sums(open, on) {
  const now = Date.now();
  const late = open.filter((one) => dueOf(one) < now).length;
  const soon = open.filter((one) => dueOf(one) >= now && dueOf(one) < now + HOUR_MS).length;
  const waiting = open.filter(({ state }) => state === "filed").length;
  const rest = isHere() ? null : make("span", { class: "quiet" }, word("lists.partial"));
  const each = [["open", open.length], ["late", late], ["soon", soon], ["to_send", waiting], ["on_duty", `${on.length}/${squads.size}`]];
  return make("p", { class: "sums" }, ...each.map(([name, n]) => make("span", { class: String(name) }, make("strong", {}, String(n)), ` ${word(`lists.${name}`)}`)), rest);
}

/** @param {string} title @param {Listed[]} open */
function openTable(title, open) {
  const rows = open.slice(0, MOST).map((one) => [
    make("a", { href: `#case=${one.id}` }, one.case_no ?? word("cases.unnumbered")), matterOf(one), one.address ?? (one.grid ? word("cases.grid", { code: one.grid }) : ""),
    wordOr(`state.${one.state}`, one.state), one.squad ? squads.get(one.squad)?.name ?? one.squad : "", ...byWhen(one),
  ]);
  const rest = open.length > MOST ? make("p", { class: "quiet" }, word("lists.rest", { n: open.length - MOST })) : null;
  return part(title, ["no", "matter", "where", "state", "squad", "due", "until"], rows, rest);
}

/** @param {Listed} one */
function byWhen(one) {
  const until = untilOf(one);
  return [dueBy(until), until?.at ? moment(until.at) : ""];
}

/** @param {Enquiry[]} promised */
function promisedTable(promised) {
  const rows = promised.map((one) => [
    make("a", { href: `#case=${one.case}` }, one.case_no ?? word("cases.unnumbered")), matterOf(one), [wordOr(`enquiry.channel.${one.channel}`, one.channel), one.outside_no].filter(Boolean).join(" "),
    word(one.waits === "answer" ? "cases.queue.answers" : "cases.queue.calls"), one.respond_by ? moment(one.respond_by) : "",
  ]);
  return part("lists.promised", ["no", "matter", "asked", "state", "until"], rows);
}

/** @param {Squad[]} all */
function squadTable(all) {
  /** @param {string} code */
  const inHand = (code) => [...cases.values()].filter(({ squad, state }) => squad === code && SENT.includes(state)).length;
  const shift = may("dispatch") ? ["shift"] : [];
  const rows = all.map((one) => [make("strong", {}, one.name), one.township_name ?? "", stateOf(one), String(inHand(one.code)), whereFrom(one), crewOf(one),
    ...shift.map(() => shiftOf(one, () => void region(place, draw)))]);
  return part("lists.squads", ["squad", "township", "state", "in_hand", "place", "crew", ...shift], rows);
}
