// Which week or month is shown; at first the last one that is over.

import { byId } from "../../shared/dom.js";
import { later, mondayOf, today, weekOf } from "../../shared/formats.js";
import { word } from "../../shared/words.js";

/** @import {Report} from "./types.js" */
/** @typedef {"week" | "month"} Kind */
/** @typedef {{kind: Kind, name: string}} Period */

/** What the address asks for. @returns {Period} */
export function asked() {
  const address = new URLSearchParams(location.search);
  const month = address.get("month");
  if (month && /^\d{4}-\d{2}$/.test(month)) return { kind: "month", name: month };
  const week = address.get("week");
  return { kind: "week", name: week && /^\d{4}-W\d{2}$/.test(week) ? week : weekOf(later(today(), -7)) };
}

/** So many weeks or months on. @param {Period} period @param {number} by @returns {Period} */
export function moved({ kind, name }, by) {
  if (kind === "week") return { kind, name: weekOf(later(mondayOf(name), 7 * by)) };
  const [year, month] = name.split("-").map(Number);
  return { kind, name: new Date(Date.UTC(year, month - 1 + by, 1)).toISOString().slice(0, 7) };
}

/** Whether it has not begun. @param {Period} period */
export function toCome({ kind, name }) {
  return name > (kind === "week" ? weekOf(today()) : today().slice(0, 7));
}

/** The same days as a week or as a month. @param {Kind} kind @param {Period} period @returns {Period} */
export function ofKind(kind, period) {
  if (kind === period.kind) return period;
  if (kind === "month") {
    const month = { kind, name: later(mondayOf(period.name), 3).slice(0, 7) };
    return toCome(month) ? moved(month, -1) : month;
  }
  const last = later(`${moved(period, 1).name}-01`, -1);
  const over = later(today(), -7);
  return { kind, name: weekOf(last < over ? last : over) };
}

/** @param {Period} period @param {Report} report */
export function showPeriod({ kind, name }, report) {
  const last = later(report.until, -1);
  byId("named").textContent = report.so_far ? word("leader.so_far", { name, last }) : name;
  byId("days").textContent = word("leader.days", {
    first: report.since, last,
    earlier: report.before.since, before: later(report.before.until, -1),
  });
  for (const each of /** @type {const} */ (["week", "month"])) byId(`by-${each}`).setAttribute("aria-pressed", String(kind === each));
}
