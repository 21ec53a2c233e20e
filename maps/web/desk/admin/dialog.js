// A question over the page: it stays open until what was asked for is done, or it is left.

import { make } from "../../shared/dom.js";
import { onSubmit } from "../../shared/forms.js";
import { word } from "../../shared/words.js";

/**
 * Whether `act` was done.
 * @param {string} title @param {(import("../../shared/dom.js").Child)[]} content @param {string} verb
 * @param {(given: FormData) => Promise<unknown>} act @returns {Promise<boolean>}
 */
export function dialog(title, content, verb, act) {
  const leave = make("button", { type: "button", autofocus: true }, word("desk.cancel"));
  const buttons = make("div", { class: "row end" }, leave, make("button", { class: "primary" }, verb));
  const form = make("form", { class: "stack", novalidate: true }, make("h2", { id: "dialog-title" }, title), ...content, buttons);
  const asked = make("dialog", { "aria-labelledby": "dialog-title" }, form);
  document.body.append(asked);
  leave.addEventListener("click", () => asked.close());
  onSubmit(form, async (given) => {
    await act(given);
    asked.close("done");
  });
  asked.showModal();
  return new Promise((resolve) => asked.addEventListener("close", () => {
    asked.remove();
    resolve(asked.returnValue === "done");
  }));
}
