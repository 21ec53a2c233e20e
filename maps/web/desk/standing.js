// How the week stands: its plan, what can be done with it, and the plans made before.

import { byId, fill, make } from "../shared/dom.js";
import { number, time } from "../shared/formats.js";
import { may } from "../shared/may.js";
import { word } from "../shared/words.js";

/** @import {Plan, PlanListed, Township} from "./types.js" */

/**
 * @param {string} week @param {Plan | null} plan @param {PlanListed[]} plans @param {Township[]} townships
 * @param {(id: number) => void} choose
 */
export function showStanding(week, plan, plans, townships, choose) {
  fill(byId("standing"), ...(plan ? standing(plan) : [make("p", { class: "quiet" }, word("draft.none", { week }))]));
  byId("capacity-hint").textContent = hint(townships);
  showButtons(plan);
  fill(byId("versions"), ...(plans.length > 1 ? plans.map((each) => version(each, plan, choose)) : []));
  byId("draft-form").hidden = !may("plan") && !may("approve");
}

/** One primary button: approve where there is a draft, make one where there is none. @param {Plan | null} plan */
function showButtons(plan) {
  const draft = byId("draft");
  byId("approve").hidden = plan?.state !== "draft" || !may("approve");
  draft.hidden = byId("capacity-field").hidden = byId("capacity-hint").hidden = !may("plan");
  draft.classList.toggle("primary", plan === null);
  draft.textContent = word(plan ? "draft.again" : "draft.go");
}

/** @param {Plan} plan */
function standing(plan) {
  const total = plan.visits.reduce((sum, visit) => sum + visit.visits, 0);
  const chip = make("span", { class: `chip ${plan.state}` }, word(`plan.${plan.state}`));
  const told = plan.approved_at
    ? word("versions.approved", { at: time(plan.approved_at) })
    : word("versions.made", { at: time(plan.made_at) });
  return [
    make("p", { class: "standing" }, make("strong", {}, word("figures.visits", { n: number(total) })), chip),
    make("p", { class: "quiet small" }, told),
  ];
}

/** @param {Township[]} townships */
function hint(townships) {
  const without = townships.filter((each) => each.visits_per_week === null).length;
  if (without) return word("draft.capacity_none", { n: number(without) });
  return word("draft.capacity_hint", { n: number(townships.reduce((sum, each) => sum + (each.visits_per_week ?? 0), 0)) });
}

/** @param {PlanListed} each @param {Plan | null} shown @param {(id: number) => void} choose */
function version(each, shown, choose) {
  const state = make("span", { class: `chip ${each.state}` }, word(`plan.${each.state}`));
  const line = `${each.id} · ${word("figures.visits", { n: number(each.visits) })}`;
  const at = make("span", { class: "quiet small" }, word("versions.made", { at: time(each.made_at) }));
  const button = make("button", { type: "button", "aria-pressed": String(each.id === shown?.id) }, line, state, at);
  button.addEventListener("click", () => choose(each.id));
  return make("li", {}, button);
}
