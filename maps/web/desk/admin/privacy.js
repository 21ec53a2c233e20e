// Personal data: what is kept of one person, and how long what is kept at all.

import { post } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { attempt, onSubmit } from "../../shared/forms.js";
import { may } from "../../shared/may.js";
import { region } from "../../shared/region.js";
import { word } from "../../shared/words.js";
import { dialog } from "./dialog.js";
import { field } from "./field.js";
import { showPeriods } from "./periods.js";
import { reportRow } from "./report.js";

/** @import {Report} from "./report.js" */
/** @typedef {{phone: string} | {email: string}} Sought */

const PAGE = 100;

/** @param {HTMLElement} place */
export async function showPrivacy(place) {
  const found = make("div", { class: "stack", "aria-live": "polite" });
  const periods = make("div", { class: "stack" });
  fill(
    place,
    make("p", { class: "quiet lead" }, word("privacy.lead")),
    may("contact") && make("section", { class: "stack part" }, make("h3", {}, word("privacy.person")), finding(found), found),
    make("section", { class: "stack part" }, make("h3", {}, word("privacy.periods")), periods),
  );
  await region(periods, () => showPeriods(periods));
}

/** @param {HTMLElement} found */
function finding(found) {
  const input = make("input", { name: "sought", required: true, maxlength: 254, autocomplete: "off", spellcheck: "false" });
  const form = make("form", { class: "row filters finding", role: "search" }, field(word("privacy.sought"), input), make("button", { class: "primary" }, word("privacy.find")));
  onSubmit(form, async (given) => {
    const typed = String(given.get("sought")).trim();
    fill(found);
    await showFound(found, typed.includes("@") ? { email: typed } : { phone: typed });
  });
  return form;
}

/** @param {HTMLElement} found @param {Sought} sought */
async function showFound(found, sought) {
  const rows = make("tbody", {});
  const more = make("div", {});
  const columns = ["case", "place", "name"].map((column) => make("th", { scope: "col" }, word(`privacy.${column}`)));
  const name = make("caption", { class: "seen-by-readers" }, word("privacy.person"));
  const table = make("table", { class: "cards people" }, name, make("thead", {}, make("tr", {}, ...columns)), rows);
  const again = () => void attempt(found, () => showFound(found, sought));
  const any = await load(rows, more, sought, null, again);
  fill(
    found,
    any ? make("div", { class: "card" }, table, more) : make("p", { class: "quiet" }, word("privacy.nobody")),
    any && make("div", { class: "row" }, everything(sought, again)),
  );
}

/**
 * The next page; whether there is anybody on it.
 * @param {HTMLElement} rows @param {HTMLElement} more @param {Sought} sought @param {string | null} after @param {() => void} changed
 */
async function load(rows, more, sought, after, changed) {
  /** @type {{items: Report[], next: string | null}} */
  const page = await post("/api/reporters/find", { ...sought, limit: PAGE, after });
  rows.append(...page.items.map((report) => reportRow(report, changed)));
  const button = make("button", { type: "button" }, word("people.more"));
  button.addEventListener("click", () => void region(more, async () => { await load(rows, more, sought, page.next, changed); }));
  fill(more, page.next && button);
  return page.items.length > 0;
}

/** @param {Sought} sought @param {() => void} removed */
function everything(sought, removed) {
  const button = make("button", { type: "button" }, word("privacy.remove_all"));
  button.addEventListener("click", async () => {
    const text = make("p", {}, word("privacy.remove_all_text"));
    const act = () => post("/api/reporters/remove", sought);
    if (await dialog(word("privacy.remove_all"), [text], word("privacy.remove"), act)) removed();
  });
  return button;
}
