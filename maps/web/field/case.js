// One case: what is known of it, and the steps that the server says are open from here.

import { make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { word, wordOr } from "../shared/words.js";
import { again, anew } from "./amend.js";
import { due, history, number, shots } from "../phone/casefile.js";
import { caseName } from "../phone/names.js";
import { placeOf } from "../phone/place.js";
import { locate } from "../phone/position.js";
import { caseOf } from "../phone/reading.js";
import { why } from "../phone/reasons.js";
import { state } from "../phone/state.js";
import { stepForm } from "../phone/steps.js";
import { FORMS } from "./checks.js";
import { CHECKS, REJECTED, back } from "./reading.js";

/** @import {Case} from "../phone/types.js" */

/** @param {string} id */
export async function caseView(id) {
  const one = await caseOf(id);
  if (!one) return { title: word("field.case"), content: [make("p", { class: "failure", role: "alert" }, word("field.no_case"))] };
  // Whoever is to go there is told how far it is.
  if (one.state in CHECKS) locate();
  const told = state.items.some((item) => item.case === id && item.kind === "step" && !item.refused);
  const open = told ? [] : one.verbs.filter((verb) => verb in FORMS);
  const second = back(one);
  const forms = await Promise.all(open.map((verb) => stepForm(one, verb, { ...FORMS[verb](), second })));
  const right = correction(one, second || !forms.length);
  return {
    title: caseName(one),
    content: [facts(one), told ? sent() : null, second ? right : null, ...forms, second ? null : right, shots(one), history(one)].filter((part) => part !== null),
  };
}

function sent() {
  return make("p", { class: "good" }, word("field.step_waits"));
}

/** @param {Case} one */
function facts(one) {
  return make("section", { class: "card stack" },
    make("p", { class: "row" }, make("span", { class: `chip ${one.state}` }, wordOr(`state.${one.state}`, one.state)), number(one), due(one)),
    one.state in CHECKS ? placeOf(one) : one.address ? make("p", {}, one.address) : null,
    one.description ? make("p", { class: "told" }, one.description) : null,
    why(one),
    make("p", { class: "quiet" }, `${grid(one)} ${time(one.occurred_at)}`));
}

/** @param {Case} one */
function grid(one) {
  return state.grids.find(({ code }) => code === one.grid)?.name ?? one.grid ?? word("field.outside");
}

/** One that came back, or that nobody has decided on; only with all of it at hand. @param {Case} one @param {boolean} first Whether nothing else comes before it. */
function correction(one, first) {
  const rejected = one.state === REJECTED;
  const told = state.items.some((item) => item.case === one.id && item.verb === "amend");
  if (told || !(rejected || (one.verbs.includes("amend") && one.steps))) return null;
  const button = make("button", { type: "button", class: first ? "primary wide" : "wide" }, word("field.correct"));
  button.addEventListener("click", () => void (rejected ? anew : again)(one));
  return button;
}
