// A row of a proposal: a case, the squad for it, and whether it can still be sent.

import { fill, make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";
import { cases, squads } from "../live/store.js";
import { about, due, far } from "./jointtold.js";

/** @import {Squad} from "../live/types.js" */
/** @import {Pair} from "./jointtold.js" */
/** @typedef {{squad: string | null, wanted: boolean}} Kept  What was changed by hand: another squad, whether it is to be sent. */
/** @typedef {{pair: Pair, tick: HTMLInputElement, choice: HTMLSelectElement, line: HTMLElement, meet: (stale: Pair["stale"] | undefined) => void, changes: () => Kept}} Row */

/** @param {Squad | undefined} one */
export function canGo(one) {
  return one !== undefined && isThere(one) && one.busy < one.crews;
}

/** @param {Squad | undefined} one */
function isThere(one) {
  return Boolean(one?.on_duty) && one?.state !== "out_of_service";
}

/** @param {Pair} pair @param {Kept} [kept] @returns {Row} */
export function pairRow(pair, kept) {
  const tick = make("input", { type: "checkbox", "aria-label": `${pair.case_no ?? ""} ${pair.name}` });
  const choice = choices(pair, kept?.squad ?? null);
  const [way, there] = [make("td", {}), make("td", {})];
  const line = make("tr", {}, make("td", {}, tick), make("td", {}, about(pair)), make("td", {}, choice), way, there);
  let wanted = kept?.wanted ?? true;

  const judge = () => {
    const own = choice.value === pair.squad;
    const why = against(pair, choice.value);
    line.classList.toggle("gone", why !== null);
    tick.disabled = why !== null;
    tick.checked = wanted && why === null;
    fill(way, own ? far(pair) : "—");
    fill(there, why ? make("span", { class: "quiet" }, word(`joint.stale.${why}`)) : own ? due(pair) : "—");
  };
  /** @type {Row["meet"]} */
  const meet = (stale) => {
    pair.stale = stale === undefined ? since(pair) : stale;
    judge();
  };
  tick.addEventListener("change", () => { wanted = tick.checked; });
  choice.addEventListener("change", judge);
  return { pair, tick, choice, line, meet, changes: () => ({ squad: choice.value === pair.squad ? null : choice.value, wanted }) };
}

/** The one that is proposed, and whoever else could go. @param {Pair} pair @param {string | null} kept */
function choices(pair, kept) {
  const others = [...squads.values()].filter((one) => one.code !== pair.squad && (isThere(one) || one.code === kept));
  const choice = make("select", { "aria-label": word("joint.col.squad") }, pair.squad !== "" && make("option", { value: pair.squad }, pair.name), ...others.map(({ code, name }) => make("option", { value: code }, name)));
  if (kept && others.some(({ code }) => code === kept)) choice.value = kept;
  return choice;
}

/** What keeps a squad from being sent: to another one it is nothing that the proposed one has gone. @param {Pair} pair @param {string} squad */
function against({ stale, squad: proposed }, squad) {
  if (stale && (stale !== "not_free" || squad === proposed)) return stale;
  return squad === proposed || isThere(squads.get(squad)) ? null : "not_free";
}

/** The server tells nothing of a case that it proposed nobody for. @param {Pair} pair @returns {Pair["stale"]} */
function since({ incident, version }) {
  const now = cases.get(incident);
  if (now?.version === version) return null;
  return now?.state === "filed" ? "changed" : "not_waiting";
}
