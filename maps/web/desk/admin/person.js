// The drawer of one person.

import { get, post } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { drawer } from "../../shared/drawer.js";
import { time } from "../../shared/formats.js";
import { onSubmit } from "../../shared/forms.js";
import { region } from "../../shared/region.js";
import { word } from "../../shared/words.js";
import { field } from "./field.js";
import { showPowers } from "./powers.js";
import { setting } from "./setting.js";
import { showLeaving, showSignIn } from "./signin.js";
import { showTokens } from "./tokenforms.js";

/** @import {Known, Person, Setting} from "./types.js" */

/** @param {Known} person */
export function standing(person) {
  const state = person.state === "disabled" ? "disabled" : person.has_password ? "active" : "waiting";
  return make("span", { class: `chip ${state}` }, word(`person.${state}`));
}

/**
 * @param {string} id @param {(person: Person) => void} changed Called with the person after each change.
 * @param {() => void} closed @param {HTMLElement} [told] What is to be read first: a code just made.
 */
export async function openPerson(id, changed, closed, told) {
  const { place, title } = drawer(word("desk.loading"), closed);
  const first = make("div", { tabindex: -1 }, told ?? null);
  const parts = make("div", { class: "stack" });
  fill(place, first, parts);
  await region(parts, async () => {
    /** @type {[Person, Setting]} */
    const [person, given] = await Promise.all([get(`/api/people/${id}`), setting()]);
    show(person, given, { title, first, parts, changed });
  });
}

/** @typedef {{title: HTMLElement, first: HTMLElement, parts: HTMLElement, changed: (person: Person) => void}} Drawer */

/** @param {Person} person @param {Setting} given @param {Drawer} place */
function show(person, given, place) {
  /** @param {Person} after @param {HTMLElement} [told] */
  const changed = (after, told) => {
    show(after, given, place);
    fill(place.first, told ?? make("p", { class: "good", role: "status" }, word("person.changed")));
    place.first.closest("dialog")?.scrollTo({ top: 0 });
    place.first.focus();
    place.changed(after);
  };
  place.title.textContent = person.name;
  fill(
    place.parts,
    head(person, changed),
    showPowers(person, given, changed),
    person.state === "active" && showSignIn(person, changed),
    showTokens(person, given, changed),
    showLeaving(person, changed),
  );
}

/** @param {Person} person @param {(person: Person) => void} changed */
function head(person, changed) {
  const name = make("input", { name: "name", value: person.name, required: true, maxlength: 100, autocomplete: "off" });
  const form = make("form", { class: "line" }, field(word("person.name"), name), make("button", {}, word("person.rename")));
  onSubmit(form, async (given) => changed(await post(`/api/people/${person.id}/name`, { name: given.get("name") })));
  const since = person.left_at ? word("person.left", { time: time(person.left_at) }) : word("person.since", { time: time(person.made_at) });
  return make(
    "section", { class: "stack" },
    make("p", { class: "row" }, make("code", {}, person.login), standing(person), make("span", { class: "quiet small" }, since)),
    make("details", {}, make("summary", {}, word("person.rename_title")), form),
  );
}
