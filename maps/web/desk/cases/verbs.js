// What can be done with a case: the verbs that the server names, one of them first.

import { fill, make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";
import { keyOf } from "./draft.js";
import { isNotPutRight } from "./history.js";
import { FORMS, stepForm } from "./stepforms.js";

/** @import {Case} from "./types.js" */

const FIRST = ["file", "close", "unmerge"];
const AGAIN = "rework";
const OPEN = keyOf("open");

/** The buttons, and below them the form of the verb that was chosen; it is still open after a reload. @param {Case} one */
export function verbs(one) {
  const known = one.verbs.filter((verb) => verb in FORMS);
  if (!known.length) return make("p", { class: "quiet" }, word("cases.nothing_to_do"));
  const form = make("div", { class: "step" });
  const first = [...(isNotPutRight(one) ? [AGAIN] : []), ...FIRST].find((verb) => known.includes(verb));
  const order = first ? [first, ...known.filter((verb) => verb !== first)] : known;
  const choose = (/** @type {string} */ verb) => {
    sessionStorage.setItem(OPEN, `${one.id} ${verb}`);
    fill(form, stepForm(one, verb));
    /** @type {HTMLElement | null} */ (form.querySelector("input, select, textarea, button"))?.focus();
  };
  const buttons = order.map((verb) => {
    const button = make("button", { type: "button", class: verb === first ? "primary" : "", "data-verb": verb }, word(`step.${verb}`));
    button.addEventListener("click", () => choose(verb));
    return button;
  });
  const [id, verb] = (sessionStorage.getItem(OPEN) ?? "").split(" ");
  if (id === one.id && known.includes(verb)) fill(form, stepForm(one, verb));
  return make("section", { class: "stack verbs", "aria-label": word("cases.verbs") }, make("div", { class: "row" }, ...buttons), form);
}

export function closeForm() {
  sessionStorage.removeItem(OPEN);
}
