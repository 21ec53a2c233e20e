// Planning: one week at a time; its plan, the map of it and the table in step.

import { all, get } from "../shared/api.js";
import { byId, enable, fill, make } from "../shared/dom.js";
import { later, mondayOf, weekOf } from "../shared/formats.js";
import "../shared/network.js";
import { region } from "../shared/region.js";
import { word } from "../shared/words.js";
import { prepareApproval } from "./approve.js";
import { showTotals } from "./capacity.js";
import { prepareDraft } from "./draft.js";
import { onPlace, showMap, showOnMap } from "./mapframe.js";
import { prepareNearest } from "./nearest.js";
import { showStanding } from "./standing.js";
import { showStudy } from "./study.js";
import { prepareTable, showVisits } from "./visits.js";
import { showWeek } from "./week.js";
import { showWhy } from "./why.js";

/** @import {Overview, Plan, PlanListed, Township} from "./types.js" */

const address = new URLSearchParams(location.search);
/** @type {{week: string, plans: PlanListed[], plan: Plan | null, townships: Township[], today: string}} */
const state = { week: "", plans: [], plan: null, townships: [], today: "" };

async function begin() {
  /** @type {Overview} */
  const overview = await get("/api/overview");
  state.today = overview.today;
  const missing = firstMissing(overview);
  if (missing) return showMissing(missing);
  state.townships = await all("/api/townships");
  const asked = address.get("week") ?? "";
  await load(/^\d{4}-W\d{2}$/.test(asked) ? asked : overview.next_week.week, Number(address.get("plan")));
}

/** What a plan cannot be made without. @param {Overview} overview */
function firstMissing(overview) {
  return /** @type {const} */ (["townships", "grids", "incidents"]).find((layer) => !overview[layer]);
}

/** @param {"townships" | "grids" | "incidents"} layer */
function showMissing(layer) {
  const link = make("a", { class: "button primary", href: "/#import" }, word("next.do_import"));
  byId("empty").hidden = false;
  byId("side").hidden = true;
  fill(byId("empty"), make("h2", {}, word(`next.${layer}`)), make("p", {}, word(`next.why_${layer}`)), link);
}

/** @param {string} week @param {number} [wanted] The plan to show; else the newest that still counts. */
async function load(week, wanted = 0) {
  state.week = week;
  state.plans = await all(`/api/plans?week=${week}`);
  const counts = state.plans.find((plan) => plan.state !== "replaced");
  const chosen = state.plans.find((plan) => plan.id === wanted) ?? counts;
  state.plan = chosen ? await get(`/api/plans/${chosen.id}`) : null;
  history.replaceState(null, "", `?week=${week}${chosen && chosen !== counts ? `&plan=${chosen.id}` : ""}`);
  show();
}

function show() {
  const { week, plan, plans, townships, today } = state;
  showWeek(week, weekOf(today));
  showStanding(week, plan, plans, townships, (id) => open(week, id));
  showMap(plan);
  showVisits(plan);
  showWhy(null);
  showTotals(byId("totals"), plan, townships);
  enable("week-before", "week-after", "draft", "nearest-go");
  void region(byId("study"), () => showStudy(byId("study"), plan));
}

/** @param {string} week @param {number} [plan] */
function open(week, plan) {
  return region(byId("standing"), () => load(week, plan));
}

/** @param {number} weeks */
function move(weeks) {
  void open(weekOf(later(mondayOf(state.week), 7 * weeks)));
}

byId("week-before").addEventListener("click", () => move(-1));
byId("week-after").addEventListener("click", () => move(1));
prepareDraft(() => state, (id) => open(state.week, id));
prepareApproval(() => state, () => open(state.week));
prepareTable((visit) => { showWhy(visit); showOnMap(visit.lon, visit.lat); }, (township) => showMap(state.plan, township));
onPlace(prepareNearest(showOnMap));
await region(byId("standing"), begin);
