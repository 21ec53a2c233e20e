// Units: the offices that matters can be handed to; found by kind and word, kept one at a time.

import { all } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { number, today } from "../../shared/formats.js";
import { word } from "../../shared/words.js";
import { field, select } from "./field.js";
import { KINDS, openUnit } from "./unit.js";

/** @import {Unit} from "./unit.js" */
/** @import {Township} from "../types.js" */

const SHOWN = 200;

/** @param {HTMLElement} place */
export async function showUnits(place) {
  /** @type {[Unit[], Township[]]} */
  const [units, townships] = await Promise.all([all("/api/units"), all("/api/townships")]);
  /** @param {Unit | null} unit */
  const open = (unit) => openUnit(unit, units, townships, () => void showUnits(place));
  const list = make("div", { class: "stack" });
  const filters = filter((wanted) => show(list, units.filter(wanted), open));
  fill(place, lead(() => open(null)), ...(units.length ? [filters, list] : [none()]));
}

/** @param {() => void} add */
function lead(add) {
  const button = make("button", { type: "button", class: "primary" }, word("units.add"));
  button.addEventListener("click", add);
  return make("div", { class: "row lead" }, make("p", { class: "quiet" }, word("units.lead")), button);
}

function none() {
  const link = make("a", { href: "#imports" }, word("next.do_import"));
  return make("section", { class: "card stack" }, make("p", {}, word("units.none")), link);
}

/** @param {(wanted: (unit: Unit) => boolean) => void} changed */
function filter(changed) {
  const kind = select("kind", [["", word("units.every_kind")], ...KINDS()], "");
  const find = make("input", { type: "search", name: "find", autocomplete: "off" });
  const ended = make("input", { type: "checkbox", name: "ended" });
  const form = make("form", { class: "row filters" },
    field(word("units.find"), find), field(word("units.kind"), kind), make("label", { class: "check" }, ended, word("units.ended")));
  const tell = () => changed((unit) =>
    (!kind.value || unit.kind === kind.value) && isLike(unit, find.value) && (ended.checked || !isOver(unit)));
  form.addEventListener("input", tell);
  form.addEventListener("submit", (event) => event.preventDefault());
  tell();
  return form;
}

/** @param {Unit} unit @param {string} typed */
function isLike(unit, typed) {
  const wanted = typed.trim().toLowerCase();
  return [unit.code, unit.name, unit.township_name, unit.parent_name].some((text) => text?.toLowerCase().includes(wanted));
}

/** @param {Unit} unit */
function isOver(unit) {
  return unit.valid_to !== null && unit.valid_to <= today();
}

/** @param {HTMLElement} list @param {Unit[]} units @param {(unit: Unit) => void} open */
function show(list, units, open) {
  const some = units.slice(0, SHOWN);
  const told = units.length > SHOWN ? word("units.some", { shown: number(SHOWN), n: number(units.length) }) : word("units.count", { n: number(units.length) });
  const heads = ["unit", "kind", "township", "parent", "phone", "valid"].map((name) => make("th", { scope: "col" }, word(`units.${name}`)));
  fill(list, make("p", { class: "quiet small", role: "status" }, told),
    make("table", { class: "cards" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...some.map((unit) => row(unit, open)))));
}

/** @param {Unit} unit @param {(unit: Unit) => void} open */
function row(unit, open) {
  const name = make("button", { type: "button", class: "link" }, unit.name);
  name.addEventListener("click", () => open(unit));
  return make("tr", { class: isOver(unit) ? "over" : "" },
    make("td", {}, name, make("span", { class: "quiet small code" }, unit.code)),
    cell("kind", word(`unit.${unit.kind}`)), cell("township", unit.township_name ?? unit.township),
    cell("parent", unit.parent_name), cell("phone", unit.phone), cell("valid", dates(unit)));
}

/** @param {string} name @param {string | null} text */
function cell(name, text) {
  return make("td", { "data-label": word(`units.${name}`), class: text ? "" : "empty" }, text ?? "");
}

/** @param {Unit} unit */
function dates({ valid_from: from, valid_to: to }) {
  if (to) return word(from ? "units.from_to" : "units.to", { from: from ?? "", to });
  return from && word("units.from", { from });
}
