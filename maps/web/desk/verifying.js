// Proving the journal: the chain is recomputed; its head is what to note elsewhere.

import { post } from "../shared/api.js";
import { fill, make } from "../shared/dom.js";
import { number } from "../shared/formats.js";
import { onSubmit } from "../shared/forms.js";
import { follow } from "../shared/jobs.js";
import { word } from "../shared/words.js";
import { showProgress } from "./outcome.js";

/**
 * @typedef {object} Verdict
 * @property {boolean} sound
 * @property {{number: number, digest: string}} head
 * @property {{kind: string, number: number | null, entry: number | null} | null} fault
 * @property {number} overdue
 * @property {number | null} first_overdue
 */

/** @param {HTMLFormElement} form @param {HTMLElement} place */
export function prepareVerify(form, place) {
  onSubmit(form, async (given) => {
    fill(place);
    /** @type {{job: string}} */
    const { job } = await post("/api/journal/verify", { head: String(given.get("head")).trim() || null });
    const done = await follow(job, () => showProgress(place, word("journal.verifying"), null));
    if (done.state === "done") fill(place, ...verdict(/** @type {Verdict} */ (done.result)));
    else fill(place, make("p", { class: "failure", role: "alert" }, done.problem?.title ?? word("problem.defect")));
  });
}

/** @param {Verdict} found */
function verdict({ sound, head, fault, overdue, first_overdue: first }) {
  return [
    fault && make("p", { class: "failure", role: "alert" }, make("strong", {}, word(`journal.fault.${fault.kind}`, { place: place(fault) })), " ", fault.entry ? rowLink(fault.entry) : null),
    overdue > 0 && make("p", { class: "failure", role: "alert" }, word("journal.overdue", { n: number(overdue) }), " ", first ? rowLink(first) : null),
    sound && make("p", { class: "good" }, word("journal.sound", { n: number(head.number) })),
    headOf(`${head.number}:${head.digest}`),
  ];
}

/** @param {{number: number | null, entry: number | null}} fault */
function place({ number: seal, entry }) {
  if (seal === null) return word("journal.row", { n: entry ?? "" });
  return entry === null ? word("journal.seal_n", { n: seal }) : word("journal.row_of_seal", { n: entry, seal });
}

/** @param {number} row */
function rowLink(row) {
  return make("a", { href: `?row=${row}` }, word("journal.show_row"));
}

/** @param {string} head */
function headOf(head) {
  const copy = make("button", { type: "button" }, word("secret.copy"));
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(head);
    copy.textContent = word("secret.copied");
  });
  return make("div", { class: "head stack" }, make("p", { class: "quiet small" }, word("journal.head_hint")), make("div", { class: "row" }, make("code", { translate: "no" }, head), navigator.clipboard ? copy : null));
}
