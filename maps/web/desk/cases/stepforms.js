// What each verb asks for: the standard to be ticked, a reason, a day, or nothing more.

import { get, ifGiven } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { onSubmit } from "../../shared/forms.js";
import { word } from "../../shared/words.js";
import { amendForm } from "./amending.js";
import { keepDraft } from "./draft.js";
import { isNotPutRight } from "./history.js";
import { matterOf } from "./row.js";
import { take } from "./stepping.js";
import { closeForm } from "./verbs.js";

/** @import {Case} from "./types.js" */

/** @typedef {"filing" | "closing" | "reason" | "until" | "checkers" | "priority"} Asks */
/** @type {Record<string, Asks[]>} */
export const FORMS = {
  file: ["filing"], close: ["closing"],
  amend: [], request_check: ["checkers"], request_recheck: ["checkers"],
  return_report: ["reason"], reject: ["reason"], rework: ["reason"], reopen: ["reason"], send_back: ["reason"],
  recall: ["reason"], unmerge: ["reason"], ask_extension: ["reason"], extend: [], refuse_extension: ["reason"], suspend: ["until", "reason"],
  resume: [], prioritise: ["priority", "reason"], force_close: ["reason"],
};

/** @typedef {{filing_standard: string | null, closing_standard: string | null}} Standards */

const LEVELS = [2, 1, 0];
/** Of each matter that was asked for. @type {Map<string, Standards>} */
const standards = new Map();

/** @param {Case} one @param {string} verb */
export function stepForm(one, verb) {
  if (verb === "amend") return amendForm(one);
  const event = crypto.randomUUID();
  const doubt = verb === "close" && isNotPutRight(one) && make("p", { class: "warn" }, word("cases.not_put_right"));
  const form = make("form", { class: "card stack" }, doubt, ...FORMS[verb].map((asks) => FIELDS[asks](one)),
    make("div", { class: "row end" }, make("button", { class: "primary" }, word("cases.confirm", { verb: word(`step.${verb}`) }))));
  const forget = keepDraft(form, `${one.id}.${verb}`);
  onSubmit(form, async (given) => {
    const said = {
      reason: String(given.get("reason") ?? "").trim() || null, until: given.get("until"),
      standard: given.get("standard") ? true : null, priority: given.has("priority") ? Number(given.get("priority")) : null,
    };
    await take(one, verb, event, said, () => { forget(); closeForm(); });
  });
  return form;
}

/** @type {Record<Asks, (one: Case) => HTMLElement>} */
const FIELDS = {
  filing: (one) => standard(one, "filing_standard"),
  closing: (one) => standard(one, "closing_standard"),
  reason: () => make("label", {}, make("span", { class: "label" }, word("cases.reason")), make("textarea", { name: "reason", rows: 2, required: true, maxlength: 1000 })),
  until: () => make("label", {}, make("span", { class: "label" }, word("cases.until")), make("input", { type: "date", name: "until", required: true })),
  checkers: (one) => checkers(one),
  priority: (one) => make("label", {}, make("span", { class: "label" }, word("cases.priority")), make("select", { name: "priority" }, ...LEVELS.map((level) => make("option", { value: level, selected: level === one.priority }, word(`priority.${level}`))))),
};

/** @param {Case} one @param {"filing_standard" | "closing_standard"} which */
function standard(one, which) {
  const text = make("span");
  const say = (/** @type {Standards | undefined} */ said) => {
    const own = said?.[which];
    fill(text, ...(own ? [make("strong", {}, word(`cases.meets_${which}`)), " ", own] : [word(`cases.${which}`, { matter: matterOf(one) })]));
  };
  say(standards.get(one.matter));
  void ifGiven(standardsOf(one)).then((said) => { if (said) say(said); });
  return make("label", { class: "check standard" }, make("input", { type: "checkbox", name: "standard", value: "yes", required: true }), text);
}

/** What was shown once is shown again, though the server be away. @param {Case} one @returns {Promise<Standards>} */
async function standardsOf({ matter }) {
  /** @type {Standards} */
  const said = await get(`/api/matters/${encodeURIComponent(matter)}`);
  standards.set(matter, said);
  return said;
}

/** To whom it would go: a grid and how many people, never who. @param {Case} one */
function checkers(one) {
  const place = make("p", {}, word("desk.loading"));
  void get(`/api/incidents/${one.id}/checkers`).then((found) => {
    const { grid, name, workers, metres } = /** @type {{grid: string | null, name: string | null, workers: number, metres: number | null}} */ (found);
    const called = name ? `${name} (${grid})` : String(grid);
    const where = grid === one.grid ? "cases.checkers" : metres === null ? "cases.checkers_beyond" : "cases.checkers_near";
    fill(place, grid ? word(where, { grid: called, n: workers, metres: Math.round(metres ?? 0) }) : word("cases.no_checkers"));
  }, () => fill(place));
  return place;
}
