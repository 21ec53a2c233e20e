// What is likely the same as a case, and merging it into one of them.

import { fill, make } from "../../shared/dom.js";
import { onSubmit } from "../../shared/forms.js";
import { region } from "../../shared/region.js";
import { word } from "../../shared/words.js";
import { likelyOf, likeness, stands } from "./likely.js";
import { take } from "./stepping.js";

/** @import {Case, Similar} from "./types.js" */

/** @param {HTMLElement} place @param {Case} one */
export async function duplicates(place, one) {
  if (one.state === "merged") return;
  await region(place, async () => {
    const found = await likelyOf(`/api/incidents/${one.id}/similar`);
    if (!found.length) return fill(place);
    fill(place, make("h3", {}, word("likely.title", { n: found.length })), make("ul", { class: "alike" }, ...found.map((each) => item(one, each))));
  });
}

/** @param {Case} one @param {Similar} other */
function item(one, other) {
  const link = make("a", { href: `#case=${other.id}` }, likeness(other));
  if (!one.verbs.includes("merge") || !stands(other)) return make("li", {}, link);
  const button = make("button", { type: "button" }, word("likely.merge"));
  const row = make("li", {}, link, button);
  button.addEventListener("click", () => {
    const form = mergeForm(one, other);
    button.replaceWith(form);
    form.querySelector("input")?.focus();
  });
  return row;
}

/** @param {Case} one @param {Similar} other */
function mergeForm(one, other) {
  const event = crypto.randomUUID();
  const reason = make("input", { name: "reason", required: true, maxlength: 1000, value: word("likely.reason") });
  const form = make("form", { class: "row merge" }, make("label", {}, make("span", { class: "label" }, word("cases.reason")), reason),
    make("button", { class: "primary" }, word("cases.confirm", { verb: word("step.merge") })));
  onSubmit(form, () => take(one, "merge", event, { reason: reason.value.trim(), into: other.id }, () => undefined));
  return form;
}
