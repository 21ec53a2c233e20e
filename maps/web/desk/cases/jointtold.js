// What a proposal tells: who comes in time, what sending together is good for, who is left, what came of it.

import { make } from "../../shared/dom.js";
import { span } from "../../shared/span.js";
import { word, wordOr } from "../../shared/words.js";
import { cases, squads } from "../live/store.js";
import { matterOf } from "./row.js";

/** @typedef {{incident: string, case_no: string | null, version: number, priority: number}} Waiting */
/** @typedef {Waiting & {squad: string, name: string, seconds: number, due_in_s: number, on_foot: boolean, reasons: string[], stale: "not_waiting" | "changed" | "not_free" | null}} Pair */
/** @typedef {{late_s: number, travel_s: number}} Costs */
/** @typedef {Costs & {job: string, method: string, one_by_one: Costs, pairs: Pair[], left: (Waiting & {why: string})[], new: number}} Proposal */
/** @typedef {{incident: string, squad: string, sent: boolean, problem: {title: string} | null}} Outcome */

const MINUTE_S = 60;

/** Who comes in time, and what sending them together is good for. @param {Proposal} proposal */
export function summary({ late_s: late, one_by_one: alone, method, pairs }) {
  const [each, gain] = [pairs.map(lateness), minutesOf(alone.late_s - late)];
  const behind = each.filter((minutes) => minutes > 0);
  const told = word(behind.length ? "joint.some_late" : "joint.in_time", { n: pairs.length, late: behind.length, most: span(Math.max(...each, 0)) });
  const way = wordOr(`nearest.method.${method}`, method);
  return [make("p", {}, make("strong", {}, told), make("span", { class: "quiet small" }, ` · ${way}`)), make("p", { class: "quiet" }, word(gain > 0 ? "joint.gain" : "joint.no_gain", { gain: span(gain) }))];
}

/** @param {number} seconds */
function minutesOf(seconds) {
  return Math.round(seconds / MINUTE_S);
}

/** How many minutes after its time a squad is there; before it, so many less than none. @param {Pair} pair */
function lateness({ seconds, due_in_s: due }) {
  return minutesOf(seconds - due);
}

export function head() {
  return make("thead", {}, make("tr", {}, ...["send", "case", "squad", "way", "due"].map((name) => make("th", { scope: "col" }, word(`joint.col.${name}`)))));
}

/** @param {Waiting} one */
export function about({ incident, case_no: number, priority }) {
  const known = cases.get(incident);
  const more = [known && matterOf(known), known?.address, priority > 0 && word(`priority.${priority}`)].filter(Boolean).join(" · ");
  return make("span", {}, make("a", { href: `#case=${incident}` }, number ?? word("cases.unnumbered")), " ", more);
}

/** How far it is, and what speaks against it. @param {Pair} pair */
export function far({ seconds, on_foot: walks, reasons }) {
  const against = reasons.map((code) => wordOr(`nearest.reason.${code}`, code));
  return [span(Math.max(1, minutesOf(seconds))), ...(walks ? [word("send.on_foot")] : []), ...against].join(" · ");
}

/** Whether it comes in time. @param {Pair} pair */
export function due(pair) {
  const late = lateness(pair);
  const how = late > 0 ? "late" : late < 0 ? "early" : "just";
  return make("span", { class: `due ${late > 0 ? "overdue" : "later"}` }, word(`joint.${how}`, { span: span(Math.abs(late)) }));
}

/** @param {Proposal["left"]} left @param {boolean} open */
export function leftOver(left, open) {
  if (!left.length) return null;
  return make("details", { open }, make("summary", {}, word("joint.left", { n: left.length })),
    make("ul", {}, ...left.map((one) => make("li", {}, about(one), " · ", wordOr(`nearest.short.${one.why}`, one.why)))));
}

/** What came of sending. @param {Outcome[]} items */
export function outcomes(items) {
  const sent = items.filter((each) => each.sent).length;
  const refused = items.filter((each) => !each.sent).map((each) => make("li", { class: "failure" }, `${cases.get(each.incident)?.case_no ?? ""} ${squads.get(each.squad)?.name ?? each.squad}: ${each.problem?.title ?? ""}`));
  return [make("p", { class: "good", role: "status" }, word("joint.sent", { n: sent })), refused.length > 0 && make("ul", {}, ...refused)];
}
