// What was done with a case, the newest first.

import { make } from "../../shared/dom.js";
import { time } from "../../shared/formats.js";
import { word, wordOr } from "../../shared/words.js";

/** @import {Case, Step} from "./types.js" */

/** @param {Case} one */
export function history({ steps, squads }) {
  if (!steps.length) return null;
  const rows = [...steps].reverse().map((step) => line(step, squads));
  return make("details", { open: true }, make("summary", {}, word("cases.history", { n: steps.length })), make("ol", { class: "history" }, ...rows));
}

/** @param {Step} step @param {Record<string, string>} squads What they are called. */
export function line({ verb, happened_at: at, late, reason, details }, squads) {
  const text = details.text ?? (reason && wordOr(`cases.reason.${reason}`, reason));
  const found = details.result === undefined ? "" : word(details.result ? "cases.result_yes" : "cases.result_no");
  const where = details.to_grid ? word("cases.to_grid", { code: details.to_grid }) : details.squad && (squads[details.squad] ?? details.squad);
  const presses = details.priority === undefined ? "" : word(`priority.${details.priority}`);
  return make("li", {}, make("span", { class: "quiet small" }, time(at)), make("strong", {}, wordOr(`do.${verb}`, verb)),
    make("span", {}, [found, where, presses, details.overridden && word("cases.insisted"), late && word("cases.told_late")].filter(Boolean).join(" · ")), text && make("q", {}, text));
}
