// Imports: a file for every layer, and what became of those sent before.

import { get } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { number, time } from "../../shared/formats.js";
import { region } from "../../shared/region.js";
import { word, wordOr } from "../../shared/words.js";
import { prepareImport } from "../importing.js";
import { report, usable } from "../outcome.js";
import { chip } from "./job.js";

/** @import {JobListed} from "./job.js" */
/** @import {Outcome} from "../types.js" */

const PAGE = 20;

/** @param {HTMLElement} place @param {string} rest The layer to be chosen. */
export async function showImports(place, rest) {
  const form = /** @type {HTMLTemplateElement} */ (byId("import-template")).content.cloneNode(true);
  const list = make("ul", { class: "past" });
  const more = make("div", {});
  const again = () => region(more, () => load(list, more, ""));
  fill(place, make("section", { class: "card" }, form),
    make("section", { class: "stack" }, make("h3", {}, word("imports.past")), list, more, make("p", { class: "quiet small" }, word("imports.kept"), " ", make("a", { href: "/audit" }, word("imports.journal")))));
  prepareImport(() => void again());
  /** @type {HTMLInputElement | null} */ (place.querySelector(`[name=layer][value="${CSS.escape(rest)}"]`))?.click();
  await again();
}

/** The next page; from the beginning without a key. @param {HTMLElement} list @param {HTMLElement} more @param {string} after */
async function load(list, more, after) {
  /** @type {{items: JobListed[], next: string | null}} */
  const page = await get(`/api/jobs?name=import&limit=${PAGE}&after=${encodeURIComponent(after)}`);
  if (!after) fill(list);
  list.append(...page.items.map(one));
  const button = make("button", { type: "button" }, word("imports.more"));
  button.addEventListener("click", () => void region(more, () => load(list, more, page.next ?? "")));
  fill(more, page.next && button, !list.childElementCount && make("p", { class: "quiet" }, word("imports.none")));
}

/** @param {JobListed} job */
function one(job) {
  const what = make("strong", {}, wordOr(`import.${job.layer}`, job.layer ?? ""));
  const who = word("jobs.by", { who: job.login ?? wordOr(`asker.${job.asked_by}`, job.asked_by) });
  const told = make("span", { class: "quiet small" }, `${time(job.made_at)} · ${who}`);
  const summary = make("summary", {}, make("span", { class: "what" }, what, make("span", { class: "file" }, job.file ?? ""), told), make("span", { class: "row" }, figures(job), ended(job)));
  return make("li", { class: "card" }, make("details", {}, summary, make("div", { class: "stack told" }, ...details(job))));
}

/** A job that is done may have brought in nothing at all. @param {JobListed} job */
function ended(job) {
  const outcome = /** @type {Outcome | null} */ (job.result);
  if (!outcome || job.dry_run || usable(outcome)) return chip(job);
  return make("span", { class: "chip job-failed" }, word("imports.nothing"));
}

/** @param {JobListed} job */
function figures(job) {
  const outcome = /** @type {Outcome | null} */ (job.result);
  if (!outcome) return null;
  const ends = /** @type {const} */ (["new", "changed", "refused"]).filter((end) => outcome[end]);
  return make("span", { class: "small" }, ends.map((end) => `${number(outcome[end])} ${word(`import.${end}`)}`).join(" · ") || word("imports.nothing_new"));
}

/** @param {JobListed} job */
function details(job) {
  if (job.problem) return [make("p", { class: "failure" }, job.problem.title)];
  if (!job.result) return [make("p", { class: "quiet" }, word(job.state === "running" ? "jobs.running" : "import.waiting"))];
  return [job.dry_run === true && make("p", { class: "quiet" }, word("imports.dry")), ...report(job.id, /** @type {Outcome} */ (job.result))];
}
