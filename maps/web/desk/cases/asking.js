// What the matter of a call asks further. Answers are kept by matter, so that naming another one by
// mistake loses none.

import { fill } from "../../shared/dom.js";
import { questions } from "../../shared/questions.js";
import { said, word } from "../../shared/words.js";
import { keyOf } from "./draft.js";

/** @import {Matter} from "./types.js" */

const KEPT = keyOf("answers");

/** @param {HTMLElement} place @param {Matter | undefined} matter */
export function askFurther(place, matter) {
  if (place.dataset.matter === matter?.code) return;
  if (!matter) return askNothing(place);
  const fields = questions(matter.questions, answersTo(matter), (answers) => {
    sessionStorage.setItem(KEPT, JSON.stringify({ ...kept(), [matter.code]: answers }));
    judge(matter, fields);
  });
  place.dataset.matter = matter.code;
  fill(place, ...fields);
  judge(matter, fields);
}

/** @param {Matter} matter @returns {Record<string, any>} */
export function answersTo({ code }) {
  return Object.fromEntries(Object.entries(kept()[code] ?? {}).filter(([, answer]) => String(answer) !== ""));
}

/** @param {HTMLElement} place */
export function forgetAnswers(place) {
  sessionStorage.removeItem(KEPT);
  askNothing(place);
}

/** @param {HTMLElement} place */
function askNothing(place) {
  delete place.dataset.matter;
  fill(place);
}

/** @returns {Record<string, Record<string, any>>} */
function kept() {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
}

/** What must be answered and is not says so by its words. @param {Matter} matter @param {HTMLElement[]} fields */
function judge(matter, fields) {
  const answers = answersTo(matter);
  matter.questions.forEach((question, i) => {
    const open = question.variable && question.required && !(question.code in answers);
    /** @type {HTMLInputElement | null} */
    const field = fields[i].querySelector("input, select, textarea");
    field?.setCustomValidity(open ? word("problem.answer_needed", { question: said(question) }) : "");
  });
}
