// Visits against capacity, township by township.

import { fill, make } from "../shared/dom.js";
import { number, tenths } from "../shared/formats.js";
import { word } from "../shared/words.js";

/** @import {Plan, Township} from "./types.js" */
/** @typedef {{name: string, visits: number, own: number | null, expected: number}} Line */

/** @param {HTMLElement} place @param {Plan | null} plan @param {Township[]} townships */
export function showTotals(place, plan, townships) {
  const lines = townships.map((each) => line(each, plan));
  const sum = {
    name: word("capacity.sum"),
    visits: total(lines.map((each) => each.visits)),
    own: total(lines.map((each) => each.own ?? 0)),
    expected: total(lines.map((each) => each.expected)),
  };
  const { met = 0, expected = 0 } = plan?.parameters ?? {};
  const share = expected > 0 && word("capacity.met", { share: number(Math.round((100 * met) / expected)) });
  fill(
    place,
    make("table", {}, head(), make("tbody", {}, ...lines.map((each) => row(each, plan))), make("tfoot", {}, row(sum, plan))),
    share && make("p", { class: "quiet small" }, share),
  );
}

/** @param {Township} township @param {Plan | null} plan @returns {Line} */
function line(township, plan) {
  const own = (plan?.visits ?? []).filter((visit) => visit.township === township.code);
  return {
    name: township.name,
    visits: total(own.map((visit) => visit.visits)),
    own: township.visits_per_week,
    expected: total(own.map((visit) => visit.expected)),
  };
}

/** @param {number[]} values */
function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

function head() {
  const names = ["capacity.visits", "capacity.own", "capacity.expected"];
  const cells = names.map((name) => make("th", { scope: "col", class: "number" }, word(name)));
  return make("thead", {}, make("tr", {}, make("th", { scope: "col" }, word("visits.township")), ...cells));
}

/** @param {Line} line @param {Plan | null} plan */
function row({ name, visits, own, expected }, plan) {
  const over = own !== null && visits > own ? " over" : "";
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, name),
    make("td", { class: `number${over}` }, plan ? number(visits) : "–"),
    make("td", { class: "number" }, own === null ? "–" : number(own)),
    make("td", { class: "number" }, plan ? tenths(expected) : "–"),
  );
}
