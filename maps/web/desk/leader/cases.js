// The drawer of a figure: its formula, and exactly the cases of each of its parts.

import { get } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { drawer } from "../../shared/drawer.js";
import { number, time } from "../../shared/formats.js";
import { may } from "../../shared/may.js";
import { region } from "../../shared/region.js";
import { word } from "../../shared/words.js";
import { named } from "./findings.js";

/** @import {Case, Cell, Formula, Open, Report, Row} from "./types.js" */
/** @typedef {{formula: Formula, cell: Cell, report: Report, row: Row | undefined}} Shown */

const PAGE = 50;
/** Who is let in there. */
const AT_THE_DESK = /** @type {const} */ (["lead", "file", "dispatch", "contact"]);
const MOMENTS = /** @type {const} */ (["reported_at", "due_at", "arrived_at", "finished_at", "closed_at"]);

/** @param {Report} report @returns {Open} */
export function openCases(report) {
  return (formula, cell, part = "numerator" in formula.parts ? "numerator" : "denominator", row) => {
    const { place } = drawer(row ? `${formula.name} · ${row.name}` : formula.name);
    const buttons = make("div", { class: "row", role: "group" });
    const list = make("div", { class: "stack" });
    place.append(make("p", { class: "quiet small" }, make("strong", {}, named(formula)), " ", formula.formula), buttons, list);
    choose({ formula, cell, report, row }, part, buttons, list);
  };
}

/** @param {Shown} shown @param {string} part @param {HTMLElement} buttons @param {HTMLElement} list */
function choose(shown, part, buttons, list) {
  const { formula, cell } = shown;
  const each = Object.entries(formula.parts).map(([other, name]) => {
    const button = make("button", { type: "button", "aria-pressed": String(other === part) }, `${name} ${number(cell.parts[other])}`);
    button.addEventListener("click", () => choose(shown, other, buttons, list));
    return button;
  });
  fill(buttons, ...each);
  const rows = make("tbody");
  const more = make("div");
  const head = ["case_no", "matter", "state", ...MOMENTS, ...minutes(formula)].map((name) => make("th", { scope: "col" }, word(`leader.${name}`)));
  fill(list, make("div", { class: "scroll" }, make("table", { class: "cases" }, make("thead", {}, make("tr", {}, ...head)), rows)), more);
  void region(more, () => page(shown, part, rows, more, ""));
}

/** @param {Formula} formula @returns {("from_order" | "from_report")[]} */
function minutes({ kind }) {
  return kind === "minutes" ? ["from_order", "from_report"] : [];
}

/** @param {Shown} shown @param {string} part @param {HTMLElement} rows @param {HTMLElement} more @param {string} after */
async function page(shown, part, rows, more, after) {
  const { formula, report, row } = shown;
  const query = new URLSearchParams({ since: report.since, until: report.until, part, after, limit: String(PAGE) });
  if (row) query.set("by", row.by);
  if (row?.key) query.set("key", row.key);
  /** @type {{items: Case[], next: string | null}} */
  const { items, next } = await get(`/api/figures/${formula.code}/cases?${query}`);
  rows.append(...items.map((one) => line(one, formula)));
  const button = make("button", { type: "button" }, word("leader.more_cases"));
  button.addEventListener("click", () => region(more, () => page(shown, part, rows, more, next ?? "")));
  fill(more, next && button, !rows.hasChildNodes() && make("p", { class: "quiet" }, word("leader.no_case")));
}

/** @param {Case} one @param {Formula} formula */
function line(one, formula) {
  const matter = document.documentElement.lang === "zh" ? one.matter_zh : one.matter_en;
  /** @type {[string, import("../../shared/dom.js").Child][]} */
  const told = [
    ["case_no", called(one)], ["matter", matter], ["state", word(`state.${one.state}`)],
    ...MOMENTS.map((name) => /** @type {[string, string]} */ ([name, moment(one[name])])),
    ...minutes(formula).map((name) => /** @type {[string, string]} */ ([name, number(one[name] ?? 0)])),
  ];
  return make("tr", { "data-case": one.id }, ...told.map(([name, each]) => make("td", { class: name }, each)));
}

/** Its number, which opens it at the desk, beside this list. @param {Case} one */
function called({ id, case_no: number_ }) {
  const name = number_ ?? word("cases.unnumbered");
  return AT_THE_DESK.some((verb) => may(verb)) ? make("a", { href: `/desk#case=${id}`, target: "_blank" }, name) : name;
}

/** @param {string | null} at */
function moment(at) {
  return at ? time(at) : "–";
}
