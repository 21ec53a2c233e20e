// Cases in lists: what waits for a check, and what became of one's own reports.

import { make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { word, wordOr } from "../shared/words.js";
import { due } from "../phone/casefile.js";
import { caseName } from "../phone/names.js";
import { CHECKS, back } from "./reading.js";
import { state } from "../phone/state.js";

/** @import {Case} from "../phone/types.js" */

export function tasksView() {
  return { title: word("field.tasks"), content: [rows(state.tasks.map(taskRow), word("field.no_tasks_yet"))] };
}

export function mineView() {
  return { title: word("field.mine"), content: [rows(state.mine.map(ownRow), word("field.no_mine"))] };
}

/** @param {HTMLElement[]} found @param {string} none */
function rows(found, none) {
  return make("ul", { class: "rows" }, ...(found.length ? found : [make("li", { class: "quiet" }, none)]));
}

/** @param {Case} one */
export function taskRow(one) {
  const verb = CHECKS[/** @type {keyof typeof CHECKS} */ (one.state)];
  const sent = state.items.some((item) => item.case === one.id && item.kind === "step");
  const chip = make("span", { class: `chip ${sent ? "on-the-way" : "waiting"}` }, sent ? word("field.on_its_way") : wordOr(`do.${verb}`, verb));
  return row(one, chip, due(one));
}

/** @param {Case} one */
export function ownRow(one) {
  const returned = back(one);
  const chip = make("span", { class: `chip ${one.state}` }, returned ? word("field.returned") : wordOr(`state.${one.state}`, one.state));
  return row(one, chip, returned ? make("strong", { class: "act" }, word("field.correct")) : make("span", { class: "quiet" }, time(one.occurred_at)));
}

/** @param {Case} one @param {HTMLElement} chip @param {HTMLElement | null} last */
function row(one, chip, last) {
  return make("li", {}, make("a", { href: `#case/${one.id}` },
    make("span", { class: "head" }, chip, make("strong", {}, caseName(one)), make("span", { class: "quiet" }, one.case_no ?? "")),
    make("span", { class: "foot" }, make("span", { class: "cut" }, one.address ?? ""), last)));
}
