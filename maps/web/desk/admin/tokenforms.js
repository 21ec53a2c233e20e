// The tokens of one person: those that are good, ending one, and issuing another.

import { get, post } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { time, today } from "../../shared/formats.js";
import { onSubmit } from "../../shared/forms.js";
import { secret } from "../../shared/secret.js";
import { word, wordOr } from "../../shared/words.js";
import { dialog } from "./dialog.js";
import { field, select } from "./field.js";

/** @import {Person, Secret, Setting, Token} from "./types.js" */

const LIVES = ["30", "90", "365"];

/** @param {Token} token */
export function isGood({ ended_at, expires_at }) {
  return !ended_at && (!expires_at || new Date(expires_at) > new Date());
}

/** @param {Token} token */
export function life({ expires_at }) {
  return expires_at ? word("token.until", { time: time(expires_at) }) : word("token.endless");
}

/** @param {Token} token */
export function scopes({ scopes }) {
  return scopes.map((scope) => word(scope === "read" ? "token.read" : `verb.${scope}`)).join(word("desk.comma"));
}

/** @param {Token} token */
export function issuer({ issuer }) {
  return word("token.issuer", { login: wordOr(`journal.actor.${issuer}`, issuer) });
}

/** A button that ends a token after a question. @param {string} person @param {Token} token @param {(person: Person) => void} ended */
export function endButton(person, token, ended) {
  const made = make("button", { type: "button" }, word("token.end"));
  const text = make("p", {}, word("token.end_text"));
  made.addEventListener("click", () => void dialog(word("token.end_title", { name: token.name }), [text], word("token.end"), async () => ended(await post(`/api/people/${person}/tokens/${token.id}/end`))));
  return made;
}

/** @param {Person} person @param {Setting} setting @param {(person: Person, told?: HTMLElement) => void} changed */
export function showTokens(person, setting, changed) {
  const good = person.tokens.filter(isGood);
  const list = make("ul", { class: "powers" }, ...good.map((token) => item(person, token, changed)));
  return make(
    "section", { class: "part stack", "aria-label": word("token.title") },
    make("h3", {}, word("token.title")),
    make("p", { class: "quiet" }, good.length ? word("token.lead") : word("token.none")),
    good.length > 0 && list,
    person.state === "active" && make("details", {}, make("summary", {}, word("token.issue_title")), issueForm(person, setting, changed)),
  );
}

/** @param {Person} person @param {Token} token @param {(person: Person) => void} changed */
function item(person, token, changed) {
  const name = make("p", {}, make("strong", {}, token.name), " · ", scopes(token));
  return make("li", {}, name, make("p", { class: "quiet small" }, life(token), " · ", issuer(token)), make("div", { class: "row" }, endButton(person.id, token, changed)));
}

/** @param {Person} person @param {Setting} setting @param {(person: Person, told?: HTMLElement) => void} changed */
function issueForm(person, setting, changed) {
  const held = new Set(person.powers.filter(({ valid_to: end }) => !end || end > today()).flatMap((power) => setting.roles.find(({ role }) => role === power.role)?.verbs ?? []));
  const boxes = [...held].sort().map((verb) => make("label", { class: "check" }, make("input", { type: "checkbox", name: "scope", value: verb }), word(`verb.${verb}`)));
  const lives = select("days", [...LIVES.map((n) => /** @type {[string, string]} */ ([n, word("token.days", { n })])), ["", word("token.endless")]], "90");
  const name = make("input", { name: "name", required: true, maxlength: 100, autocomplete: "off" });
  const also = boxes.length ? make("fieldset", { class: "row" }, make("legend", { class: "label" }, word("token.scopes")), ...boxes) : null;
  const form = make("form", { class: "stack" }, field(word("token.name"), name, word("token.name_hint")), also, field(word("token.life"), lives), make("div", { class: "row" }, make("button", { class: "primary" }, word("token.issue"))));
  onSubmit(form, async (given) => {
    const days = Number(given.get("days"));
    /** @type {Secret} */
    const told = await post(`/api/people/${person.id}/tokens`, { name: given.get("name"), scopes: given.getAll("scope"), ...(days ? { days } : { endless: true }) });
    changed(await get(`/api/people/${person.id}`), secret(word("token.made", { name: String(given.get("name")) }), told));
  });
  return form;
}
