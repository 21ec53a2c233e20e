// For how many days each kind is kept; changed one by one.

import { get, tell } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { onSubmit } from "../../shared/forms.js";
import { may } from "../../shared/may.js";
import { word } from "../../shared/words.js";

/** @typedef {{kind: string, days: number, shortest: number}} Kept */

/** @param {HTMLElement} place */
export async function showPeriods(place) {
  /** @type {{items: Kept[]}} */
  const { items } = await get("/api/retention");
  const columns = ["kind", "days"].map((column) => make("th", { scope: "col" }, word(`privacy.${column}`)));
  const name = make("caption", { class: "seen-by-readers" }, word("privacy.periods"));
  const table = make("table", { class: "cards" }, name, make("thead", {}, make("tr", {}, ...columns)), make("tbody", {}, ...items.map(row)));
  fill(place, make("p", { class: "quiet" }, word("privacy.periods_hint")), make("div", { class: "card" }, table));
}

/** @param {Kept} kept */
function row(kept) {
  const from = make("span", { class: "quiet small login" }, word(`retention.${kept.kind}_from`));
  return make(
    "tr", {},
    make("td", {}, word(`retention.${kept.kind}`), from),
    make("td", {}, may("manage") ? days(kept) : word("privacy.days_of", { days: kept.days })),
  );
}

/** @param {Kept} kept */
function days(kept) {
  const input = make("input", { name: "days", type: "number", min: kept.shortest, max: 36_500, required: true, value: kept.days, "aria-label": word("privacy.days") });
  const save = make("button", { disabled: true }, word("privacy.save"));
  const form = make("form", { class: "row" }, input, save);
  input.addEventListener("input", () => { save.disabled = Number(input.value) === kept.days; });
  onSubmit(form, async () => {
    kept = await tell("PUT", `/api/retention/${kept.kind}`, { days: Number(input.value) });
    form.append(make("span", { class: "good", role: "status" }, word("privacy.saved")));
  });
  form.addEventListener("input", () => form.querySelector(".good")?.remove());
  return form;
}
