// What is kept of a person with one case: shown, corrected, removed; and the case's own words.

import { post, tell } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { drawer } from "../../shared/drawer.js";
import { time } from "../../shared/formats.js";
import { onSubmit } from "../../shared/forms.js";
import { word, wordOr } from "../../shared/words.js";
import { sourceOf } from "../sources.js";
import { dialog } from "./dialog.js";
import { field, select, values } from "./field.js";
import { redactable } from "./redactable.js";

/** @typedef {{id: string, outside_no: string | null, answer: string | null, remark: string | null, opinion: string | null}} Said */
/**
 * @typedef {object} Report
 * @property {string} incident
 * @property {string} source
 * @property {string} external_id
 * @property {string | null} case_no
 * @property {string} matter
 * @property {string} matter_zh
 * @property {string} matter_en
 * @property {string} state
 * @property {string} occurred_at
 * @property {string | null} place
 * @property {string | null} description
 * @property {Record<string, unknown>} answers
 * @property {Said[]} enquiries
 * @property {string | null} name
 * @property {string | null} phone
 * @property {string | null} email
 * @property {string | null} address
 * @property {boolean | null} callback
 * @property {string | null} kept_until
 */

const LONGEST = /** @type {const} */ ({ name: 100, phone: 100, email: 254, address: 1000 });
const NAMES = /** @type {(keyof typeof LONGEST)[]} */ (Object.keys(LONGEST));
const CALLBACK = { "": null, yes: true, no: false };

/** @param {Report} report @param {() => void} changed */
export function reportRow(report, changed) {
  const matter = document.documentElement.lang === "zh" ? report.matter_zh : report.matter_en;
  const open = make("button", { type: "button", class: "link" }, matter);
  const told = `${called(report)} · ${time(report.occurred_at)} · ${wordOr(`state.${report.state}`, report.state)}`;
  const row = make(
    "tr", {},
    make("td", {}, open, make("span", { class: "quiet small login" }, told)),
    make("td", {}, report.place ?? ""),
    make("td", {}, report.name ?? "", make("span", { class: "quiet small login" }, report.phone ?? report.email ?? "")),
  );
  row.addEventListener("click", () => openReport(report, changed));
  return row;
}

/** @param {Report} report @param {() => void} changed */
function openReport(report, changed) {
  const { place, dialog: opened } = drawer(`${called(report)} · ${sourceOf(report.source)}`);
  const done = () => { opened.close(); changed(); };
  const others = make("section", { class: "stack part" });
  place.append(correction(report, done), redaction(report, done), others, removal(report, done));
  void redactable(others, report);
}

/** The number of its case; of one that has none where it came from. @param {Report} report */
function called({ case_no: number, external_id: outside }) {
  return number ?? outside;
}

/** @param {Report} report @param {() => void} done */
function correction(report, done) {
  const chosen = report.callback === null ? "" : report.callback ? "yes" : "no";
  const wishes = Object.keys(CALLBACK).map((name) => /** @type {[string, string]} */ ([name, word(`privacy.callback_${name || "unsaid"}`)]));
  const form = make(
    "form", { class: "stack", novalidate: true },
    ...NAMES.map((name) => field(word(`privacy.${name}`), make("input", { name, maxlength: LONGEST[name], autocomplete: "off", value: report[name] ?? "" }))),
    field(word("privacy.callback"), select("callback", wishes, chosen)),
    field(word("privacy.kept_until"), make("input", { name: "kept_until", type: "date", value: report.kept_until ?? "" }), word("privacy.kept_until_hint")),
    make("div", { class: "row" }, make("button", { class: "primary" }, word("privacy.correct"))),
  );
  onSubmit(form, async (given) => {
    const callback = CALLBACK[/** @type {keyof typeof CALLBACK} */ (given.get("callback"))];
    await tell("PATCH", `/api/incidents/${report.incident}/reporter`, { ...values(given), callback });
    done();
  });
  return form;
}

/** @param {Report} report @param {() => void} done */
function redaction(report, done) {
  const description = make("textarea", { name: "description", rows: 4, maxlength: 10_000 }, report.description ?? "");
  const form = make(
    "form", { class: "stack part" },
    make("h3", {}, word("privacy.words")),
    make("p", { class: "quiet small" }, word("privacy.words_hint")),
    make("label", {}, make("span", { class: "label" }, word("column.description")), description),
    field(word("column.address"), make("input", { name: "address", maxlength: 1000, value: report.place ?? "" })),
    field(word("privacy.reason"), make("input", { name: "reason", maxlength: 1000, required: true })),
    make("div", { class: "row" }, make("button", {}, word("privacy.redact"))),
  );
  onSubmit(form, async (given) => {
    await post(`/api/incidents/${report.incident}/redact`, values(given));
    done();
  });
  return form;
}

/** @param {Report} report @param {() => void} done */
function removal(report, done) {
  const button = make("button", { type: "button" }, word("privacy.remove_one"));
  button.addEventListener("click", async () => {
    const act = () => tell("DELETE", `/api/incidents/${report.incident}/reporter`);
    const text = make("p", {}, word("privacy.remove_text"));
    if (await dialog(word("privacy.remove_one"), [text], word("privacy.remove"), act)) done();
  });
  return make("div", { class: "part" }, button);
}
