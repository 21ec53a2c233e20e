// Who can be sent to a case: soonest first, with its crew and the reasons; who is nearer and was passed
// over, and why.

import { all, get, ifGiven, Refusal } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { number } from "../../shared/formats.js";
import { attempt, onSubmit } from "../../shared/forms.js";
import { span } from "../../shared/span.js";
import { word, wordOr } from "../../shared/words.js";
import { crewOf } from "../live/crew.js";
import { insisting } from "./insisting.js";
import { take } from "./stepping.js";
import { traceWay } from "./tracing.js";

/** @import {Case, Found, Way} from "./types.js" */
/** @import {Squad} from "../live/types.js" */

const MOST = 5;
/** So begin the refusals of a squad that one may insist on. */
const AGAINST = "squad_";
const BUSY = "squad_busy";
const ON_FOOT = "road_foot";
const MINUTE_S = 60;
/** So many of those who cannot go are listed; the others are counted. */
const FEW = 4;

/** @param {HTMLElement} place @param {Case} one */
export async function candidates(place, one) {
  const [found, squads] = await Promise.all([soonest(one), known()]);
  const crews = new Map(squads.map((squad) => [squad.code, crewOf(squad)]));
  const ways = found ? [...found.items, ...found.beyond] : [];
  fill(place,
    make("h3", {}, word("send.title"), ways.length > 0 && make("span", { class: "quiet small" }, methodOf(ways))),
    found && !found.items.length && make("p", {}, word("nearest.empty", { why: found.shortfall.map((code) => wordOr(`nearest.short.${code}`, code)).join(", ") })),
    ...(found?.way_judged ?? []).map((code) => make("p", { class: "quiet" }, wordOr(`nearest.place.${code}`, code))),
    make("ol", { class: "ways" }, ...ways.map((way, i) => candidate(one, way, i + 1, crews))),
    found !== null && found.no_table && make("p", { class: "quiet small" }, word("send.no_table")),
    found && unreached(found.unreached),
    found && passed(one, found.passed_over, !found.items.length, crews),
    others(one, [...ways, ...(found?.passed_over ?? []).slice(0, MOST)], squads));
  focusFirst(place);
}

/** None where the way is not known: then the squads stand as they are listed. @param {Case} one @returns {Promise<Found | null>} */
function soonest({ id }) {
  return ifGiven(get(`/api/incidents/${id}/nearest-squads?limit=${MOST}`));
}

/** The squads in sight, with whom and by what their shifts come; whoever can be sent is shown without them too. @returns {Promise<Squad[]>} */
async function known() {
  return (await ifGiven(all("/api/squads"))) ?? [];
}

/** @param {Case} one @param {Way} way @param {number} rank @param {Map<string, string>} crews */
function candidate(one, way, rank, crews) {
  const send = make("button", { type: "button", class: rank === 1 ? "primary" : "", "data-squad": way.squad, "aria-label": `${word("step.dispatch")} ${way.name} ${far(way)}` }, word("step.dispatch"));
  const item = make("li", {}, make("span", { class: "rank" }, String(rank)), make("span", {}, make("strong", {}, way.name), " ", make("span", { class: "far" }, far(way))), send, crew(way, crews), make("span", { class: "why" }, reasons(way)));
  onPress(send, () => attempt(item, () => dispatchOr(item, one, way.squad)));
  traceWay(item, one, way);
  return item;
}

/** Of one from across the border no more than what it drives. @param {Way} way @param {Map<string, string>} crews */
function crew({ squad, vehicles }, crews) {
  const told = crews.get(squad) ?? crewOf({ vehicles });
  return told ? make("span", { class: "why crew" }, told) : null;
}

/** A key that is still held down from the step before sends nobody. @param {HTMLElement} button @param {() => void} act */
function onPress(button, act) {
  button.addEventListener("keydown", (event) => { if (event.repeat) event.preventDefault(); });
  button.addEventListener("click", act);
}

/** @param {Case} one @param {string} squad @param {Record<string, unknown>} [said] */
function dispatch(one, squad, said) {
  return take(one, "dispatch", crypto.randomUUID(), { squad, ...said }, () => undefined);
}

/** Where something speaks against it by now, what can be done about that is offered. @param {HTMLElement} item @param {Case} one @param {string} squad */
async function dispatchOr(item, one, squad) {
  try {
    await dispatch(one, squad);
  } catch (failure) {
    if (failure instanceof Refusal && failure.problem.code.startsWith(AGAINST) && !item.querySelector(".insisting")) {
      item.append(insisting((said) => dispatch(one, squad, said), failure.problem.code === BUSY ? { squad, priority: one.priority } : null));
    }
    throw failure;
  }
}

/** Squads that no road leads from: one sentence, however many they are. @param {Found["unreached"]} squads */
function unreached(squads) {
  if (!squads.length) return null;
  const names = squads.slice(0, FEW).map(({ name }) => name).join(word("list.and"));
  return make("p", { class: "quiet small" }, word(squads.length > FEW ? "send.unreached_many" : "send.unreached", { n: squads.length, names }));
}

/** How their times are reckoned; who walks is marked in the own row. @param {Way[]} ways */
function methodOf(ways) {
  const { method } = ways.find((way) => way.method !== ON_FOOT) ?? ways[0];
  return wordOr(`nearest.method.${method}`, method);
}

/** @param {Way} way */
function far({ seconds, metres, method }) {
  const told = [span(Math.max(1, Math.round(seconds / MINUTE_S))), word("send.km", { km: number(metres / 1000) })];
  return [...told, ...(method === ON_FOOT ? [word("send.on_foot")] : [])].join(" · ");
}

/** @param {Way} way */
function reasons({ reasons: codes, position_age_s: age, in_hand: hand, busy, crews }) {
  const told = codes.map((code) => wordOr(`nearest.reason.${code}`, code, { n: hand ?? 0 }));
  if (busy) told.unshift(loadOf(busy, crews));
  const old = age !== null && age >= MINUTE_S ? [word("send.seen", { span: span(Math.round(age / MINUTE_S)) })] : [];
  return [...told, ...old].join(" · ");
}

/** How many cases hold a squad, of so many as it can have at once. @param {number} busy @param {number} crews */
function loadOf(busy, crews) {
  return word(busy > crews ? "send.overloaded" : "send.load", { n: busy, crews });
}

/** Nearer ones that were not taken: sent all the same only for a reason. @param {Case} one @param {Way[]} ways @param {boolean} open @param {Map<string, string>} crews */
function passed(one, ways, open, crews) {
  if (!ways.length) return null;
  const items = ways.slice(0, MOST).map((way) => {
    const why = way.why.map((code) => (code === "busy" ? loadOf(way.busy, way.crews) : wordOr(`nearest.reason.${code}`, code))).join(" · ");
    const item = make("li", {}, make("span", { class: "rank", "aria-hidden": true }, "–"), make("span", {}, way.name, " ", make("span", { class: "far" }, far(way))), crew(way, crews), make("span", { class: "why" }, why),
      insisting((said) => dispatch(one, way.squad, said), way.why.every((code) => code === "busy") ? { squad: way.squad, priority: one.priority } : null));
    traceWay(item, one, way);
    return item;
  });
  return make("details", { open }, make("summary", {}, word("send.passed", { n: ways.length })), make("ul", { class: "ways" }, ...items),
    ways.length > MOST && make("p", { class: "quiet small" }, word("send.rest", { n: ways.length - MOST })));
}

/** Everybody else on duty. @param {Case} one @param {Way[]} ways @param {Squad[]} squads */
function others(one, ways, squads) {
  const near = new Set(ways.map(({ squad }) => squad));
  const rest = squads.filter(({ code, on_duty: duty }) => duty && !near.has(code));
  if (!rest.length) return null;
  const choice = make("select", { name: "squad", required: true }, ...rest.map(({ code, name }) => make("option", { value: code }, name)));
  const form = make("form", { class: "row merge" }, make("label", {}, make("span", { class: "label" }, word("send.other")), choice), make("button", {}, word("step.dispatch")));
  onSubmit(form, () => dispatchOr(form, one, choice.value));
  return form;
}

/** Whoever opened the case by the keyboard sends with the next key. @param {HTMLElement} place */
function focusFirst(place) {
  const panel = place.closest("#case-panel");
  if (document.activeElement === panel) place.querySelector("button")?.focus({ preventScroll: true });
}
