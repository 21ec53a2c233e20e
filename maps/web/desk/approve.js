// Approving a draft, after a look at what changes.

import { NotGiven, post } from "../shared/api.js";
import { byId, fill, make } from "../shared/dom.js";
import { number } from "../shared/formats.js";
import { word } from "../shared/words.js";

/** @import {Plan, PlanListed} from "./types.js" */

const dialog = /** @type {HTMLDialogElement} */ (byId("confirm"));
const work = byId("work");

/** @param {() => {plan: Plan | null, plans: PlanListed[]}} state @param {() => Promise<void>} done */
export function prepareApproval(state, done) {
  byId("approve").addEventListener("click", () => {
    const { plan, plans } = state();
    if (plan) ask(plan, plans);
  });
  dialog.addEventListener("close", () => {
    const { plan } = state();
    if (dialog.returnValue === "yes" && plan) void approve(plan.id, done);
  });
}

/** @param {Plan} plan @param {PlanListed[]} plans */
function ask(plan, plans) {
  const approved = plans.find((each) => each.state === "approved");
  const changed = plan.visits.map((visit) => (visit.previous === null ? 0 : visit.visits - visit.previous));
  const first = plan.visits.every((visit) => visit.previous === null);
  const text = word(first ? "approve.first" : "approve.text", {
    visits: number(plan.visits.reduce((sum, visit) => sum + visit.visits, 0)),
    grids: number(plan.visits.filter((visit) => visit.visits > 0).length),
    up: number(changed.filter((by) => by > 0).length),
    down: number(changed.filter((by) => by < 0).length),
  });
  byId("confirm-title").textContent = word("approve.title", { week: plan.week });
  byId("confirm-text").textContent = approved ? `${text} ${word("approve.replaces", { id: approved.id })}` : text;
  dialog.returnValue = "no";
  dialog.showModal();
}

/** @param {number} id @param {() => Promise<void>} done */
async function approve(id, done) {
  try {
    await post(`/api/plans/${id}/approve`);
    await done();
    fill(work, make("p", { class: "good" }, word("approve.done")));
  } catch (failure) {
    if (!(failure instanceof NotGiven)) throw failure;
    fill(work, make("p", { class: "failure", role: "alert" }, word("approve.failed", { title: failure.message })));
  }
}
