// What was done with a case, the newest first.

import { make } from "../../shared/dom.js";
import { time } from "../../shared/formats.js";
import { word, wordOr } from "../../shared/words.js";

/** @import {Case, Step} from "./types.js" */

/** What brings a case to its end: the work of a squad, and whoever looked at it then. */
const HANDLED = ["finish", "report_recheck"];

/** @param {Case} one */
export function history({ steps, squads }) {
  if (!steps.length) return null;
  const rows = [...steps].reverse().map((step) => line(step, squads));
  return make("details", { open: true }, make("summary", {}, word("cases.history", { n: steps.length })), make("ol", { class: "history" }, ...rows));
}

/** Whether the newest recheck says so, and nobody was sent to it again since. @param {Case} one */
export function isNotPutRight({ steps }) {
  const last = steps.findLast(({ verb }) => HANDLED.includes(verb));
  return last?.details.result === false;
}

/** @param {Step} step @param {Record<string, string>} squads What they are called. */
export function line({ verb, happened_at: at, late, reason, details }, squads) {
  const text = details.text ?? (reason && wordOr(`cases.reason.${reason}`, reason));
  const found = details.result === undefined ? "" : wordOr(`field.${verb}_${details.result}`, "");
  const where = details.to_grid ? word("cases.to_grid", { code: details.to_grid }) : details.squad && (squads[details.squad] ?? details.squad);
  const presses = details.priority === undefined ? "" : word(`priority.${details.priority}`);
  return make("li", {}, make("span", { class: "quiet small" }, time(at)), make("strong", {}, wordOr(`do.${verb}`, verb)),
    make("span", {}, [found, where, presses, details.overridden && word("cases.insisted"), details.preempted && word("cases.preempted", { n: details.preempted }), late && word("cases.told_late")].filter(Boolean).join(" · ")), text && make("q", {}, text));
}
