// Importing a file: send it, follow its job, show what became of it.

import { headers, NotGiven } from "../shared/api.js";
import { byId, enable, fill, make } from "../shared/dom.js";
import { follow } from "../shared/jobs.js";
import { word } from "../shared/words.js";
import { prepareDrop } from "./drop.js";
import { showFailure, showOutcome, showProgress } from "./outcome.js";
import { send } from "./sending.js";

/** @typedef {{job: string, layer: string, file: string, dry: boolean}} Running */

/**
 * @typedef {object} Parts Of the page; it may show others before an import has come to its end.
 * @property {HTMLFormElement} form
 * @property {HTMLInputElement} input
 * @property {HTMLElement} place
 * @property {() => void} done Called when an import has changed something.
 */

const KEPT = "gridpatrol.import";

/** @param {() => void} done */
export function prepareImport(done) {
  /** @type {Parts} */
  const parts = { form: byId("import-form"), input: byId("file"), place: byId("outcome"), done };
  prepareDrop(() => fill(parts.place));
  parts.form.addEventListener("submit", (event) => {
    event.preventDefault();
    void begin(parts, event.submitter?.id === "import-check");
  });
  enable("import-go", "import-check");
  const left = sessionStorage.getItem(KEPT);
  if (left) void watch(parts, JSON.parse(left));
}

/** @param {Parts} parts @param {boolean} dry */
async function begin(parts, dry) {
  const { form, input, place } = parts;
  if (!input.files?.length) return void complain(parts);
  busy(form, true);
  const layer = String(new FormData(form).get("layer"));
  const file = [...input.files].map((one) => one.name).join(", ");
  try {
    const told = (/** @type {number} */ part) => showProgress(place, word("import.sending", { percent: Math.round(part * 100) }), part);
    const job = await send(`/api/imports/${layer}`, body(parts, dry), headers(), told);
    await watch(parts, { job, layer, file, dry });
  } catch (failure) {
    if (!(failure instanceof NotGiven)) throw failure;
    showFailure(place, failure.message);
  } finally {
    busy(form, false);
  }
}

/** What is left empty is not sent: the server finds it in the file. @param {Parts} parts @param {boolean} dry */
function body({ form, input }, dry) {
  const sent = new FormData();
  for (const [name, value] of new FormData(form)) {
    if (name === "layer" || value === "" || value instanceof File) continue;
    sent.append(name === "part" ? "layer" : name, value);
  }
  if (dry) sent.append("dry_run", "true");
  for (const file of input.files ?? []) sent.append("file", file, file.name);
  return sent;
}

/** A reload finds the running import again. @param {Parts} parts @param {Running} running */
async function watch(parts, running) {
  const { form, input, place } = parts;
  sessionStorage.setItem(KEPT, JSON.stringify(running));
  busy(form, true);
  try {
    const job = await follow(running.job, (state) => showProgress(place, ...progress(state)));
    if (job.state === "failed") return void showFailure(place, job.problem?.title ?? word("problem.defect"));
    const forReal = running.dry && input.files?.length ? () => void begin(parts, false) : null;
    showOutcome(place, running, /** @type {import("./types.js").Outcome} */ (job.result), forReal);
    if (!running.dry) parts.done();
  } finally {
    sessionStorage.removeItem(KEPT);
    busy(form, false);
  }
}

/** @param {import("../shared/jobs.js").Job} job @returns {[string, number | null]} */
function progress(job) {
  if (job.problem) return [word("import.again", { title: job.problem.title }), null];
  if (!job.stage) return [word("import.waiting"), null];
  const stage = word(`stage.${job.stage}`);
  if (!job.total) return [word("import.progress_unknown", { stage }), null];
  const counts = { done: job.done.toLocaleString("en"), total: job.total.toLocaleString("en") };
  return [word("import.progress", { stage, ...counts }), job.done / job.total];
}

/** @param {HTMLFormElement} form @param {boolean} yes */
function busy(form, yes) {
  for (const button of form.querySelectorAll("button")) button.disabled = yes;
}

/** @param {Parts} parts */
function complain({ place, input }) {
  fill(place, make("p", { class: "failure", role: "alert" }, word("import.choose_first")));
  input.focus();
}
