// Importing a file: send it, follow its job, show what became of it.

import { headers, Refusal, Unreachable } from "../shared/api.js";
import { byId, enable, fill, make } from "../shared/dom.js";
import { follow } from "../shared/jobs.js";
import { word } from "../shared/words.js";
import { prepareDrop } from "./drop.js";
import { showFailure, showOutcome, showProgress } from "./outcome.js";
import { send } from "./sending.js";

/** @typedef {{job: string, layer: string, file: string, dry: boolean}} Running */

const KEPT = "gridpatrol.import";
const form = /** @type {HTMLFormElement} */ (byId("import-form"));
const input = /** @type {HTMLInputElement} */ (byId("file"));
const place = byId("outcome");

/** @param {() => void} done Called when an import has changed something. */
export function prepareImport(done) {
  prepareDrop(() => fill(place));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const check = event.submitter?.id === "import-check";
    void begin(check, done);
  });
  enable("import-go", "import-check");
  const left = sessionStorage.getItem(KEPT);
  if (left) void watch(JSON.parse(left), done);
}

/** @param {boolean} dry @param {() => void} done */
async function begin(dry, done) {
  if (!input.files?.length) return void complain(word("import.choose_first"));
  busy(true);
  const layer = String(new FormData(form).get("layer"));
  const file = [...input.files].map((one) => one.name).join(", ");
  try {
    const told = (/** @type {number} */ part) => showProgress(place, word("import.sending", { percent: Math.round(part * 100) }), part);
    const job = await send(`/api/imports/${layer}`, body(dry), headers(), told);
    await watch({ job, layer, file, dry }, done);
  } catch (failure) {
    if (!(failure instanceof Refusal || failure instanceof Unreachable)) throw failure;
    showFailure(place, failure.message);
  } finally {
    busy(false);
  }
}

/** What is left empty is not sent: the server finds it in the file. @param {boolean} dry */
function body(dry) {
  const sent = new FormData();
  for (const [name, value] of new FormData(form)) {
    if (name === "layer" || value === "" || value instanceof File) continue;
    sent.append(name === "part" ? "layer" : name, value);
  }
  if (dry) sent.append("dry_run", "true");
  for (const file of input.files ?? []) sent.append("file", file, file.name);
  return sent;
}

/** A reload finds the running import again. @param {Running} running @param {() => void} done */
async function watch(running, done) {
  sessionStorage.setItem(KEPT, JSON.stringify(running));
  busy(true);
  try {
    const job = await follow(running.job, (state) => showProgress(place, ...progress(state)));
    if (job.state === "failed") return void showFailure(place, job.problem?.title ?? word("problem.defect"));
    showOutcome(place, running, /** @type {import("./types.js").Outcome} */ (job.result), () => void begin(false, done));
    if (!running.dry) done();
  } finally {
    sessionStorage.removeItem(KEPT);
    busy(false);
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

/** @param {boolean} yes */
function busy(yes) {
  for (const button of form.querySelectorAll("button")) button.disabled = yes;
}

/** @param {string} text */
function complain(text) {
  fill(place, make("p", { class: "failure", role: "alert" }, text));
  input.focus();
}
