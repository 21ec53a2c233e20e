// What each verb asks for: the standard to be ticked, a reason, a day, a squad, or nothing more.

import { get } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { onSubmit } from "../../shared/forms.js";
import { word } from "../../shared/words.js";
import { keepDraft } from "./draft.js";
import { matterOf } from "./row.js";
import { squads } from "./squads.js";
import { take } from "./stepping.js";
import { closeForm } from "./verbs.js";

/** @import {Case} from "./types.js" */

/** @typedef {"filing" | "closing" | "reason" | "until" | "squad" | "checkers"} Asks */
/** @type {Record<string, Asks[]>} */
export const FORMS = {
  file: ["filing"], close: ["closing"], dispatch: ["squad"],
  request_check: ["checkers"], request_recheck: ["checkers"],
  return_report: ["reason"], reject: ["reason"], rework: ["reason"], reopen: ["reason"], send_back: ["reason"],
  recall: ["reason"], unmerge: ["reason"], ask_extension: ["reason"], extend: [], suspend: ["until", "reason"],
  resume: [], force_close: ["reason"],
};

/** @param {Case} one @param {string} verb */
export function stepForm(one, verb) {
  const event = crypto.randomUUID();
  const form = make("form", { class: "card stack" }, ...FORMS[verb].map((asks) => FIELDS[asks](one)),
    make("div", { class: "row end" }, make("button", { class: "primary" }, word("cases.confirm", { verb: word(`step.${verb}`) }))));
  const forget = keepDraft(form, `${one.id}.${verb}`);
  onSubmit(form, async (given) => {
    const said = {
      reason: String(given.get("reason") ?? "").trim() || null, squad: given.get("squad"), until: given.get("until"),
      standard: given.get("standard") ? true : null,
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
  squad: (one) => squads(one),
  checkers: (one) => checkers(one),
};

/** @param {Case} one @param {"filing_standard" | "closing_standard"} which */
function standard(one, which) {
  const text = make("span", {}, word(`cases.${which}`, { matter: matterOf(one) }));
  void get(`/api/matters/${encodeURIComponent(one.matter)}`).then((matter) => {
    const said = /** @type {Record<string, string | null>} */ (matter)[which];
    if (said) fill(text, said);
  }, () => undefined);
  return make("label", { class: "check standard" }, make("input", { type: "checkbox", name: "standard", value: "yes", required: true }), text);
}

/** To whom it would go: a grid and how many people, never who. @param {Case} one */
function checkers(one) {
  const place = make("p", {}, word("desk.loading"));
  void get(`/api/incidents/${one.id}/checkers`).then((found) => {
    const { grid, workers } = /** @type {{grid: string | null, workers: number}} */ (found);
    fill(place, grid ? word("cases.checkers", { code: grid, n: workers }) : word("cases.no_checkers"));
  }, () => fill(place));
  return place;
}
