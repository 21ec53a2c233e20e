// A squad against which something speaks can be sent all the same: for a reason, or by letting a case
// of its own that presses less wait.

import { make } from "../../shared/dom.js";
import { attempt, onSubmit } from "../../shared/forms.js";
import { word } from "../../shared/words.js";
import { offerWhile } from "./yielding.js";

/** @typedef {(said: Record<string, unknown>) => Promise<void>} Send */

/** @param {Send} send @param {{squad: string, priority: number} | null} kept Where nothing but another case keeps it: which squad, from a case that presses so much. */
export function insisting(send, kept) {
  const place = make("div", { class: "row insisting" });
  const anyway = make("button", { type: "button" }, word("send.anyway"));
  anyway.addEventListener("click", () => {
    const form = reasonForm(send);
    anyway.replaceWith(form);
    form.querySelector("input")?.focus();
  });
  place.append(anyway);
  if (kept) place.append(preempting(place, send, kept));
  return place;
}

/** @param {HTMLElement} place @param {Send} send @param {{squad: string, priority: number}} kept */
function preempting(place, send, { squad, priority }) {
  const button = make("button", { type: "button" });
  button.addEventListener("click", () => void attempt(place, () => send({ preempt: true })));
  offerWhile(button, squad, priority);
  return button;
}

/** @param {Send} send */
function reasonForm(send) {
  const reason = make("input", { name: "reason", required: true, maxlength: 1000 });
  const form = make("form", { class: "row merge" }, make("label", {}, make("span", { class: "label" }, word("send.reason")), reason), make("button", { class: "primary" }, word("step.dispatch")));
  onSubmit(form, () => send({ override: true, reason: reason.value.trim() }));
  return form;
}
