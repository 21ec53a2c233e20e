// What an import is doing, and what it did: every row accounted for.

import { fill, make } from "../shared/dom.js";
import { number } from "../shared/formats.js";
import { word, wordOr } from "../shared/words.js";

/** @import {Outcome} from "./types.js" */
/** @import {Running} from "./importing.js" */

const ENDS = /** @type {const} */ (["total", "new", "changed", "unchanged", "refused", "superseded"]);

/** @param {HTMLElement} place @param {string} text @param {number | null} part */
export function showProgress(place, text, part) {
  const bar = place.querySelector("progress") ?? make("progress", { "aria-label": text });
  const line = place.querySelector("p.progress") ?? make("p", { class: "progress" });
  if (part === null) bar.removeAttribute("value");
  else bar.value = part;
  if (line.textContent !== text) line.textContent = text;
  if (!bar.isConnected) fill(place, line, bar);
}

/** @param {HTMLElement} place @param {string} title */
export function showFailure(place, title) {
  fill(place, make("p", { class: "failure", role: "alert" }, word("import.failed", { title })));
}

/** @param {HTMLElement} place @param {Running} running @param {Outcome} outcome @param {(() => void) | null} forReal */
export function showOutcome(place, running, outcome, forReal) {
  const title = word(titleOf(running, outcome), {
    layer: word(`import.${running.layer}`),
    file: running.file,
  });
  fill(place, make("h3", { class: usable(outcome) ? "good" : "failure" }, title), ...report(running.job, outcome), forReal && again(outcome, forReal));
}

/** @param {Running} running @param {Outcome} outcome */
function titleOf({ dry }, outcome) {
  if (dry) return "import.checked_title";
  return usable(outcome) ? "import.done_title" : "import.nothing_title";
}

/** So many of its rows are, or would be, in the bureau's tables. @param {Outcome} outcome */
export function usable({ total, refused, superseded }) {
  return total - refused - superseded;
}

/** All that is known of an import that has ended. @param {string} job @param {Outcome} outcome */
export function report(job, outcome) {
  return [
    counts(outcome),
    outcome.reasons.length > 0 && why(outcome),
    outcome.refused_file ? refusedFile(job) : null,
    outcome.warnings.length > 0 && notices(outcome),
  ];
}

/** @param {Outcome} outcome */
function counts(outcome) {
  const each = ENDS.map((end) =>
    make("div", { class: outcome[end] ? end : "" }, make("dt", {}, word(`outcome.${end}`)), make("dd", {}, number(outcome[end]))),
  );
  return make("dl", { class: "counts" }, ...each);
}

/** @param {Outcome} outcome */
function why(outcome) {
  const lines = outcome.reasons.map(({ code, field, count, rows }) =>
    make("li", {}, word(field ? "import.reason" : "import.reason_row", { reason: wordOr(`refused.${code}`, code), field: wordOr(`column.${field}`, field), count, rows: rows.slice(0, 5).join(", ") })),
  );
  return make("div", {}, make("h3", {}, word("import.refused_why")), make("ul", { class: "reasons" }, ...lines));
}

/** @param {string} job */
function refusedFile(job) {
  return make("a", { href: `/api/imports/${job}/refused`, download: true }, word("import.refused_file"));
}

/** @param {Outcome} outcome */
function notices(outcome) {
  const lines = outcome.warnings.map(({ code, ...values }) => make("li", {}, wordOr(`warning.${code}`, code, values)));
  return make("div", {}, make("h3", {}, word("import.warnings")), make("ul", { class: "reasons" }, ...lines));
}

/** @param {Outcome} outcome @param {() => void} forReal */
function again(outcome, forReal) {
  const good = usable(outcome);
  if (!good) return null;
  const button = make("button", { type: "button", class: "for-real" }, word("import.for_real", { n: number(good) }));
  button.addEventListener("click", forReal);
  return button;
}
