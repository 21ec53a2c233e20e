// What one person signs in with: the password's first code, devices, leaving and coming back.

import { post } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { secret } from "../../shared/secret.js";
import { word } from "../../shared/words.js";
import { dialog } from "./dialog.js";
import { isGood } from "./tokenforms.js";

/** @import {Person, Secret} from "./types.js" */

/** @param {Person} person @param {(person: Person, told?: HTMLElement) => void} changed */
export function showSignIn(person, changed) {
  const has = word(person.has_password ? "signin.has_password" : "signin.no_password");
  const buttons = make("div", { class: "row" }, codeButton(person, changed));
  if (person.sessions || person.tokens.some(isGood)) buttons.append(button(person, "sign-out", "signin.sign_out", changed));
  return make(
    "section", { class: "part stack", "aria-label": word("signin.title") },
    make("h3", {}, word("signin.title")),
    make("p", {}, `${has} ${person.sessions ? word("signin.devices", { n: person.sessions }) : word("signin.nowhere")}`),
    buttons,
  );
}

/** @param {Person} person @param {(person: Person, told?: HTMLElement) => void} changed */
function codeButton(person, changed) {
  const made = make("button", { type: "button" }, word("signin.code"));
  const text = word(person.has_password ? "signin.code_voids" : "signin.code_text");
  made.addEventListener("click", () => void dialog(word("signin.code_title", { name: person.name }), [make("p", {}, text)], word("signin.code"), async () => {
    /** @type {Secret} */
    const code = await post(`/api/people/${person.id}/code`);
    changed({ ...person, has_password: false, sessions: 0 }, secret(word("signin.code_made", { login: person.login }), code));
  }));
  return made;
}

/** @param {Person} person @param {(person: Person) => void} changed */
export function showLeaving(person, changed) {
  const gone = person.state === "disabled";
  const row = make("div", { class: "row" }, gone ? button(person, "enable", "signin.enable", changed) : button(person, "disable", "signin.disable", changed));
  return make("section", { class: "part stack", "aria-label": word("signin.leaving") }, make("h3", {}, word("signin.leaving")), make("p", { class: "quiet" }, word(gone ? "signin.gone_text" : "signin.leaving_text")), row);
}

/** Asks first, in the words of `key`. @param {Person} person @param {string} what @param {string} key @param {(person: Person) => void} changed */
function button(person, what, key, changed) {
  const made = make("button", { type: "button" }, word(key));
  const text = make("p", {}, word(`${key}_text`));
  made.addEventListener("click", () => void dialog(word(`${key}_title`, { name: person.name }), [text], word(key), async () => changed(await post(`/api/people/${person.id}/${what}`))));
  return made;
}
