// The leader's page: a week or a month in a few figures, each of which opens its cases.

import { get } from "../shared/api.js";
import { byId, enable } from "../shared/dom.js";
import { region } from "../shared/region.js";
import { showCards } from "./leader/cards.js";
import { openCases } from "./leader/cases.js";
import { showFindings, showFormulas } from "./leader/findings.js";
import { showMaps } from "./leader/maps.js";
import { asked, moved, ofKind, showPeriod, toCome } from "./leader/period.js";
import { showTable } from "./leader/tables.js";

/** @import {Period} from "./leader/period.js" */
/** @import {Report} from "./leader/types.js" */

let period = asked();

/** What comes after another period was chosen is no longer wanted. */
async function load() {
  const wanted = period;
  const { kind, name } = wanted;
  /** @type {HTMLButtonElement} */ (byId("later")).disabled = toCome(moved(period, 1));
  /** @type {Report} */
  const report = await get(`/api/figures/report?${new URLSearchParams({ [kind]: name })}`);
  if (wanted !== period) return;
  showPeriod(wanted, report);
  showFindings(report.findings);
  const open = openCases(report);
  showCards(report, open);
  showMaps(report);
  showTable("township", report, report.townships, open);
  showTable("squad", report, report.squads, open);
  showFormulas(report.formulas);
  enable("earlier");
}

/** @param {Period} wanted */
function show(wanted) {
  period = wanted;
  history.replaceState(null, "", `?${period.kind}=${period.name}`);
  void region(byId("figures"), load);
}

byId("by-week").addEventListener("click", () => show(ofKind("week", period)));
byId("by-month").addEventListener("click", () => show(ofKind("month", period)));
byId("earlier").addEventListener("click", () => show(moved(period, -1)));
byId("later").addEventListener("click", () => show(moved(period, 1)));
byId("print").addEventListener("click", () => print());
// How the figures are reckoned is folded away where it would make the page endless, never on paper.
const reckoned = /** @type {HTMLDetailsElement} */ (byId("reckoned"));
reckoned.open = matchMedia("(min-width: 701px)").matches;
window.addEventListener("beforeprint", () => { reckoned.open = true; });
await region(byId("figures"), load);
