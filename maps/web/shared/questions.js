// The further questions of a matter, each in the way that its answer takes. The fields have no names:
// a code could be the name of a field in the form around them.

import { make } from "./dom.js";
import { instant, time } from "./formats.js";
import { said, word } from "./words.js";

/**
 * @typedef {{key: string, zh: string, en: string}} Choice
 * @typedef {object} Question
 * @property {string} code
 * @property {"string" | "number" | "datetime" | "text" | "singlevaluelist" | "multivaluelist"} datatype
 * @property {string} zh
 * @property {string} en
 * @property {boolean} required
 * @property {boolean} variable
 * @property {string | null} hint_zh
 * @property {string | null} hint_en
 * @property {Choice[]} values
 */

/**
 * @param {Question[]} asked @param {Record<string, any>} answers @param {(answers: Record<string, any>) => void} answered
 */
export function questions(asked, answers, answered) {
  const given = { ...answers };
  const tell = (/** @type {string} */ code, /** @type {any} */ value) => {
    given[code] = value;
    answered({ ...given });
  };
  return asked.map((question) => (question.variable ? ask(question, given[question.code], (value) => tell(question.code, value)) : make("p", { class: "quiet" }, said(question))));
}

/** @param {Question} question @param {any} value @param {(value: any) => void} tell */
function ask(question, value, tell) {
  const title = make("span", { class: "label" }, `${said(question)}${question.required ? ` ${word("field.required")}` : ""}`);
  const hint = said({ zh: question.hint_zh ?? "", en: question.hint_en ?? "" });
  const help = hint ? make("span", { class: "quiet" }, hint) : null;
  if (question.datatype === "multivaluelist") return several(question, title, value ?? [], tell);
  const field = question.datatype === "singlevaluelist" ? oneOf(question) : free(question);
  field.value = shown(question, value ?? "");
  field.addEventListener("change", () => tell(read(question, field.value)));
  return make("label", {}, title, field, help);
}

/** @param {Question} question */
function free({ datatype }) {
  if (datatype === "text") return make("textarea", { maxlength: 1000 });
  const type = datatype === "number" ? "number" : datatype === "datetime" ? "datetime-local" : "text";
  return make("input", { type, ...(type === "number" ? { step: "any", inputmode: "decimal" } : { maxlength: 300 }) });
}

/** @param {Question} question */
function oneOf({ values }) {
  return make("select", {}, make("option", { value: "" }, ""), ...values.map((choice) => make("option", { value: choice.key }, said(choice))));
}

/** @param {Question} question @param {HTMLElement} title @param {string[]} chosen @param {(value: string[]) => void} tell */
function several({ values }, title, chosen, tell) {
  const boxes = values.map((choice) => {
    const box = make("input", { type: "checkbox", value: choice.key, checked: chosen.includes(choice.key) });
    box.addEventListener("change", () => tell(boxes.filter((one) => one.checked).map((one) => one.value)));
    return box;
  });
  return make("fieldset", { class: "stack" }, make("legend", {}, title), ...boxes.map((box, i) => make("label", { class: "check" }, box, make("span", {}, said(values[i])))));
}

/** As a field has it: a time by the bureau's clocks, whatever the phone's are set to. @param {Question} question @param {any} value */
function shown({ datatype }, value) {
  return datatype === "datetime" && value ? time(value).replace(" ", "T") : value;
}

/** @param {Question} question @param {string} text */
function read({ datatype }, text) {
  if (text === "") return "";
  if (datatype === "number") return Number(text);
  return datatype === "datetime" ? instant(text) : text;
}
