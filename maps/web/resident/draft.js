// What was sent lies on the phone until it has arrived, with the id by which it is one and the same
// report however often it is sent; what was only written goes with its page: the next one to scan the
// code does not read it. Who somebody is is not kept at all: phones are lent.

import { byId } from "../shared/dom.js";

const NAME = "resident-report";
const KEPT_MS = 86_400_000;
let over = false;
let sent = false;
/** What outlives the page, and what goes with it: a browser may refuse even to name them. */
const STORES = [() => localStorage, () => sessionStorage];
const UNKEPT = ["name", "phone", "leave_empty"];

/** @param {HTMLFormElement} form */
export function keepDraft(form) {
  restore(form);
  form.addEventListener("input", () => keep(form));
  form.addEventListener("change", () => keep(form));
}

/** It was sent, and waits for a signal if it must. @param {HTMLFormElement} form */
export function keepSent(form) {
  sent = true;
  keep(form);
}

export function forgetDraft() {
  over = true;
  for (const store of STORES) ifAllowed(() => store().removeItem(NAME));
}

/** @param {HTMLFormElement} form */
function keep(form) {
  if (over) return;
  const [last, brief] = STORES;
  ifAllowed(() => (sent ? last : brief)().setItem(NAME, JSON.stringify({ at: Date.now(), page: scanned(), fields: fields(form) })));
}

/** A draft is a help and no more: where the browser keeps nothing, or has no room, one reports without. @template T @param {() => T} work @returns {T | null} */
function ifAllowed(work) {
  try {
    return work();
  } catch (failure) {
    if (!(failure instanceof DOMException)) throw failure;
    return null;
  }
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
  const [waiting, begun] = STORES.map(lyingIn);
  sent = waiting !== null;
  const kept = waiting ?? begun;
  if (!kept) return;
  for (const [name, value] of kept.fields) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) put(field, value);
  }
  byId("unsent").hidden = false;
}

/** What lies there of this very page, if it is not too old. @param {() => Storage} store @returns {{fields: [string, string][]} | null} */
function lyingIn(store) {
  const kept = JSON.parse(ifAllowed(() => store().getItem(NAME)) ?? "null");
  return kept && kept.page === scanned() && Date.now() - kept.at < KEPT_MS ? kept : null;
}

/** @param {Element} field @param {string} value */
function put(field, value) {
  if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type)) field.checked ||= field.value === value;
  else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) field.value = value;
}
