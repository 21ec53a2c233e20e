// The powers of one person: what is held, what was, what is to come; giving, moving and ending them.

import { post } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { later, today } from "../../shared/formats.js";
import { onSubmit } from "../../shared/forms.js";
import { word } from "../../shared/words.js";
import { roleAndArea } from "./areas.js";
import { dialog } from "./dialog.js";
import { field } from "./field.js";

/** @import {Person, Power, PowerHeld, Setting} from "./types.js" */

/** @param {Power} power */
export function isHeld(power) {
  return power.valid_from <= today() && !isOver(power);
}

/** @param {Power} power */
function isOver(power) {
  return power.valid_to !== null && (power.valid_to <= today() || power.valid_to === power.valid_from);
}

/** @param {PowerHeld} power */
export function where(power) {
  return power.kind === "bureau" ? word("area.bureau") : (power.area_name ?? power.area);
}

/** @param {Person} person @param {Setting} setting @param {(person: Person) => void} changed */
export function showPowers(person, setting, changed) {
  const open = person.powers.filter((power) => !isOver(power));
  const over = person.powers.filter(isOver);
  const shown = open.map((power) => item(person, power, setting, changed));
  return make(
    "section", { class: "part stack", "aria-label": word("power.title") },
    make("h3", {}, word("power.title")),
    open.length ? make("ul", { class: "powers" }, ...shown) : make("p", { class: "quiet" }, word("power.none")),
    over.length > 0 && make("details", {}, make("summary", {}, word("power.over", { n: over.length })), make("ul", { class: "powers" }, ...over.map(line))),
    person.state === "active" && give(person, setting, changed),
  );
}

/** @param {Power} power */
function line(power) {
  const code = power.area && power.area_name ? make("span", { class: "quiet small" }, power.area) : null;
  return make("li", {}, make("p", {}, make("strong", {}, word(`role.${power.role}`)), " · ", where(power), " ", code), make("p", { class: "quiet small" }, days(power)));
}

/** @param {Power} power */
function days({ valid_from: since, valid_to: until }) {
  if (until === null) return word(since > today() ? "power.from" : "power.since", { since });
  if (until === since) return word("power.never", { since });
  return word("power.days", { since, last: later(until, -1) });
}

/** @param {Person} person @param {Power} power @param {Setting} setting @param {(person: Person) => void} changed */
function item(person, power, setting, changed) {
  const shown = line(power);
  const path = `/api/people/${person.id}/powers/${power.id}`;
  const end = make("button", { type: "button" }, word("power.end"));
  const what = { role: word(`role.${power.role}`), area: where(power), name: person.name };
  end.addEventListener("click", () => void dialog(word("power.end_title", what), [make("p", {}, word("power.end_text"))], word("power.end"), async () => changed(await post(`${path}/end`, {}))));
  const move = make("details", {}, make("summary", {}, word("power.change")), endLater(path, changed), transfer(path, power, setting, changed));
  shown.append(make("div", { class: "row" }, end), move);
  return shown;
}

/** @param {string} path @param {(person: Person) => void} changed */
function endLater(path, changed) {
  const last = make("input", { type: "date", name: "last", required: true, min: today() });
  const form = make("form", { class: "line" }, field(word("power.last_day"), last), make("button", {}, word("power.end_then")));
  onSubmit(form, async (given) => changed(await post(`${path}/end`, { on: later(String(given.get("last")), 1) })));
  return form;
}

/** @param {string} path @param {Power} power @param {Setting} setting @param {(person: Person) => void} changed */
function transfer(path, power, setting, changed) {
  const on = make("input", { type: "date", name: "on", value: today(), min: today(), required: true });
  const form = make("form", { class: "stack" }, make("h4", {}, word("power.transfer_title")), ...roleAndArea(setting, power.role), field(word("power.from_day"), on), make("div", { class: "row" }, make("button", {}, word("power.transfer"))));
  onSubmit(form, async (given) => changed(await post(`${path}/transfer`, { ...chosen(given), on: given.get("on") })));
  return form;
}

/** @param {Person} person @param {Setting} setting @param {(person: Person) => void} changed */
function give(person, setting, changed) {
  const form = make("form", { class: "stack" }, ...roleAndArea(setting), fromAndLast(), make("div", { class: "row" }, make("button", { class: "primary" }, word("power.give"))));
  onSubmit(form, async (given) => changed(await post(`/api/people/${person.id}/powers`, { ...chosen(given), ...span(given) })));
  return make("details", {}, make("summary", {}, word("power.give_title")), form);
}

export function fromAndLast() {
  const from = make("input", { type: "date", name: "since", value: today(), min: today(), required: true });
  const last = make("input", { type: "date", name: "last", min: today() });
  return make("div", { class: "pair" }, field(word("power.from_day"), from), field(word("power.last_day"), last, word("power.last_hint")));
}

/** @param {FormData} given */
export function chosen(given) {
  return { role: given.get("role"), area: given.get("area") };
}

/** People name the last day; the first day without is what is kept. @param {FormData} given */
export function span(given) {
  const last = String(given.get("last"));
  return { since: given.get("since"), until: last ? later(last, 1) : null };
}
