// One unit: entered, changed or ended in a drawer.

import { post, tell } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { drawer } from "../../shared/drawer.js";
import { today } from "../../shared/formats.js";
import { onSubmit } from "../../shared/forms.js";
import { word } from "../../shared/words.js";
import { field, select, values } from "./field.js";

/** @import {Township} from "../types.js" */
/**
 * @typedef {object} Unit
 * @property {string} code
 * @property {string} name
 * @property {string} kind
 * @property {string | null} township
 * @property {string | null} township_name
 * @property {string | null} parent
 * @property {string | null} parent_name
 * @property {string | null} phone
 * @property {string | null} valid_from
 * @property {string | null} valid_to
 */

const CODES = [
  "enforcement_bureau", "squad_office", "township_government", "department", "police_station", "justice_office",
  "market_office", "land_office", "fire_station", "village_committee", "contractor", "other",
];

/** @returns {[value: string, text: string][]} */
export function KINDS() {
  return CODES.map((kind) => [kind, word(`unit.${kind}`)]);
}

/** A new one where there is none. @param {Unit | null} unit @param {Unit[]} units @param {Township[]} townships @param {() => void} changed */
export function openUnit(unit, units, townships, changed) {
  const { place, dialog } = drawer(unit ? unit.name : word("units.add"));
  const done = () => { dialog.close(); changed(); };
  place.append(form(unit, units, townships, done));
  if (unit && !unit.valid_to) place.append(ending(unit, done));
}

/** @param {Unit | null} unit @param {Unit[]} units @param {Township[]} townships @param {() => void} done */
function form(unit, units, townships, done) {
  const go = make("div", { class: "row" }, make("button", { class: "primary" }, word("units.save")));
  const made = make("form", { class: "stack", novalidate: true }, ...fields(unit, units, townships), go);
  onSubmit(made, async (given) => {
    if (unit) await tell("PUT", `/api/units/${encodeURIComponent(unit.code)}`, values(given));
    else await post("/api/units", values(given));
    done();
  });
  return made;
}

/** @param {Unit | null} unit @param {Unit[]} units @param {Township[]} townships */
function fields(unit, units, townships) {
  const areas = /** @type {[string, string][]} */ (townships.map(({ code, name }) => [code, name]));
  const above = make("datalist", { id: "units-above" }, ...units.map(({ code, name }) => make("option", { value: code }, name)));
  return [
    unit ? make("p", { class: "quiet" }, unit.code) : field(word("units.code"), input("code", null, { maxlength: 64 })),
    field(word("units.name"), input("name", unit, { maxlength: 200 })),
    field(word("units.kind"), select("kind", KINDS(), unit?.kind ?? null)),
    field(word("units.township"), select("township", [["", word("units.no_township")], ...areas], unit?.township ?? "")),
    field(word("units.parent"), input("parent", unit, { list: "units-above" }), word("units.parent_hint")),
    field(word("units.phone"), input("phone", unit, { type: "tel", maxlength: 40 }), word("units.phone_hint")),
    field(word("units.valid_from"), input("valid_from", unit, { type: "date" }), word("units.valid_from_hint")),
    field(word("units.valid_to"), input("valid_to", unit, { type: "date" }), word("units.valid_to_hint")),
    above,
  ];
}

/** @param {"code" | "name" | "parent" | "phone" | "valid_from" | "valid_to"} name @param {Unit | null} unit @param {Record<string, string | number>} looks */
function input(name, unit, looks) {
  return make("input", { name, value: unit?.[name] ?? "", autocomplete: "off", ...looks });
}

/** @param {Unit} unit @param {() => void} done */
function ending(unit, done) {
  const on = make("input", { type: "date", name: "on", value: today() });
  const made = make("form", { class: "stack ending" }, make("h3", {}, word("units.end")), make("p", { class: "quiet" }, word("units.end_text")),
    make("div", { class: "row end" }, field(word("units.end_on"), on), make("button", {}, word("units.end"))));
  onSubmit(made, async (given) => {
    await post(`/api/units/${encodeURIComponent(unit.code)}/end`, values(given));
    done();
  });
  return made;
}
