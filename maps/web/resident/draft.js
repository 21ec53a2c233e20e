// What was written lies on the phone until it has arrived, with the id by which it is one and the
// same report however often it is sent. Who somebody is does not: phones are lent.

import { byId } from "../shared/dom.js";

const NAME = "resident-report";
const KEPT_MS = 86_400_000;
let over = false;
const UNKEPT = ["name", "phone", "leave_empty"];

/** @param {HTMLFormElement} form */
export function keepDraft(form) {
  restore(form);
  const keep = () => over || localStorage.setItem(NAME, JSON.stringify({ at: Date.now(), page: scanned(), fields: fields(form) }));
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
}

export function forgetDraft() {
  over = true;
  localStorage.removeItem(NAME);
}

/** @param {HTMLFormElement} form @returns {[string, string][]} */
function fields(form) {
  const all = /** @type {[string, string][]} */ ([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  return all.filter(([name]) => !UNKEPT.includes(name) && name !== "where");
}

/** What the code says by which the page was opened, in whichever language. */
function scanned() {
  const said = new URLSearchParams(location.search);
  return `${said.get("grid") ?? ""} ${said.get("place") ?? ""}`;
}

/** Another code was scanned: that is another report. Where it stands and its photographs were not
 * kept, and what lies here was not sent. @param {HTMLFormElement} form */
function restore(form) {
  const kept = JSON.parse(localStorage.getItem(NAME) ?? "null");
  if (!kept || kept.page !== scanned() || Date.now() - kept.at > KEPT_MS) return;
  for (const [name, value] of kept.fields) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) put(field, value);
  }
  byId("unsent").hidden = false;
}

/** @param {Element} field @param {string} value */
function put(field, value) {
  if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type)) field.checked ||= field.value === value;
  else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) field.value = value;
}
