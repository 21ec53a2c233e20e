// Asking for a draft and following its making.

import { NotGiven, post } from "../shared/api.js";
import { byId, fill, make } from "../shared/dom.js";
import { follow } from "../shared/jobs.js";
import { word } from "../shared/words.js";

/** @import {PlanListed} from "./types.js" */

const form = /** @type {HTMLFormElement} */ (byId("draft-form"));
const capacity = /** @type {HTMLInputElement} */ (byId("capacity"));
const work = byId("work");

/** @param {() => {week: string}} state @param {(id: number) => Promise<void>} made */
export function prepareDraft(state, made) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void draft(state().week, made);
  });
}

/** @param {string} week @param {(id: number) => Promise<void>} made */
async function draft(week, made) {
  if (!capacity.checkValidity()) return void fail(capacity.validationMessage);
  const own = capacity.value === "" ? {} : { capacity: Number(capacity.value) };
  busy(true);
  tell(word("import.waiting"));
  try {
    /** @type {{job: string}} */
    const { job } = await post("/api/plans", { week, ...own });
    const ended = await follow(job, ({ stage }) => stage && tell(word("draft.working", { stage: word(`stage.${stage}`) })));
    if (ended.state === "failed") return void fail(word("draft.failed", { title: ended.problem?.title ?? "" }));
    await made(Number(ended.result?.plan));
    fill(work, make("p", { class: "good" }, word("draft.done")));
  } catch (failure) {
    if (!(failure instanceof NotGiven)) throw failure;
    fail(word("draft.failed", { title: failure.message }));
  } finally {
    busy(false);
  }
}

/** @param {string} text */
function tell(text) {
  const line = work.querySelector("p.telling");
  if (line) line.textContent = text;
  else fill(work, make("p", { class: "telling quiet" }, text), make("progress", { "aria-label": text }));
}

/** @param {string} text */
function fail(text) {
  fill(work, make("p", { class: "failure", role: "alert" }, text));
}

/** @param {boolean} yes */
function busy(yes) {
  for (const button of form.querySelectorAll("button")) button.disabled = yes;
}
