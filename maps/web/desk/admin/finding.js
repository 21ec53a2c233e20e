// What people are looked for by. It asks by itself once nobody has typed for a moment.

import { make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";
import { field, select } from "./field.js";

/** @import {Setting} from "./types.js" */

const STATES = ["active", "waiting", "disabled"];
const MOMENT_MS = 250;

/** A form that sends `find` when something else is looked for. @param {Setting} setting */
export function filters({ roles, townships, squads }) {
  const any = /** @type {[string, string]} */ (["", word("people.any")]);
  const text = make("input", { type: "search", name: "text", autocomplete: "off", spellcheck: "false", maxlength: 100 });
  const areas = [...townships, ...squads].map(({ code, name }) => make("option", { value: code }, name));
  const area = make("input", { type: "search", name: "area", list: "areas", autocomplete: "off", maxlength: 64 });
  const form = make(
    "form", { class: "row filters finding", role: "search" },
    field(word("people.find"), text),
    field(word("power.role"), select("role", [any, ...roles.map(({ role }) => /** @type {[string, string]} */ ([role, word(`role.${role}`)]))], "")),
    field(word("people.area"), area),
    field(word("people.state"), select("state", [any, ...STATES.map((state) => /** @type {[string, string]} */ ([state, word(`person.${state}`)]))], "")),
    make("datalist", { id: "areas" }, ...areas),
  );
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.dispatchEvent(new Event("find")), MOMENT_MS);
  });
  return form;
}

/** What the API is asked for; an empty field is anything. @param {HTMLFormElement} form */
export function wanted(form) {
  const given = [...new FormData(form)].map(([name, value]) => [name, String(value).trim()]);
  return Object.fromEntries(given.filter(([, value]) => value));
}
