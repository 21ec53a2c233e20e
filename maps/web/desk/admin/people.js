// People: who there is, found by name, role, area and state; one of them in the drawer.

import { post } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { region } from "../../shared/region.js";
import { secret } from "../../shared/secret.js";
import { word } from "../../shared/words.js";
import { codesButton } from "./codes.js";
import { filters, wanted } from "./finding.js";
import { takeOn } from "./newcomer.js";
import { openPerson, standing } from "./person.js";
import { isHeld, where } from "./powers.js";
import { setting } from "./setting.js";

/** @import {Person, PersonListed} from "./types.js" */

const PAGE = 50;

/** @param {HTMLElement} place @param {string} rest The id of who is to be shown at once. */
export async function showPeople(place, rest) {
  const form = filters(await setting());
  const rows = make("tbody", {});
  const more = make("div", {});
  /** @param {string} id @param {HTMLElement} [told] */
  const open = (id, told) => {
    const here = `#people/${id}`;
    const closed = () => { if (location.hash === here) history.replaceState(null, "", "#people"); };
    history.replaceState(null, "", here);
    void openPerson(id, (after) => renew(rows, after, open), closed, told);
  };
  let asked = 0;
  const find = () => {
    const mine = ++asked;
    return region(more, () => load(rows, more, form, "", open, () => mine === asked));
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("find", () => void find());
  fill(place, lead(open, find), form, make("div", { class: "card" }, table(rows), more));
  await find();
  if (rest) open(rest);
}

/** @param {(id: string, told?: HTMLElement) => void} open @param {() => Promise<void>} find */
function lead(open, find) {
  const add = make("button", { type: "button", class: "primary" }, word("person.take_on"));
  add.addEventListener("click", () => void takeOn((person, code) => {
    open(person.id, secret(word("signin.code_made", { login: person.login }), code));
    void find();
  }));
  const file = make("a", { class: "button", href: "#imports/people" }, word("people.import"));
  return make("div", { class: "row lead" }, make("p", { class: "quiet" }, word("people.lead")), make("div", { class: "row" }, codesButton(find), file, add));
}

/** @param {HTMLElement} rows */
function table(rows) {
  const columns = ["person", "power", "state"].map((column) => make("th", { scope: "col" }, word(`people.${column}`)));
  return make("table", { class: "cards people" }, make("caption", { class: "seen-by-readers" }, word("admin.people")), make("thead", {}, make("tr", {}, ...columns)), rows);
}

/**
 * The next page; the first without a key. What a newer question has overtaken is not shown.
 * @param {HTMLElement} rows @param {HTMLElement} more @param {HTMLFormElement} form @param {string} after
 * @param {(id: string) => void} open @param {() => boolean} isNewest
 */
async function load(rows, more, form, after, open, isNewest) {
  /** @type {{items: PersonListed[], next: string | null}} */
  const page = await post("/api/people/search", { ...wanted(form), limit: PAGE, after });
  if (!isNewest()) return;
  if (!after) fill(rows);
  rows.append(...page.items.map((person) => row(person, open)));
  const button = make("button", { type: "button" }, word("people.more"));
  button.addEventListener("click", () => void region(more, () => load(rows, more, form, page.next ?? "", open, isNewest)));
  fill(more, page.next && button, !rows.childElementCount && make("p", { class: "quiet" }, word("people.none")));
}

/** @param {PersonListed} person @param {(id: string) => void} open */
function row(person, open) {
  const name = make("button", { type: "button", class: "link" }, person.name);
  const powers = person.powers.map((power) => make("li", {}, `${word(`role.${power.role}`)} · ${where(power)}`));
  const held = powers.length ? make("ul", {}, ...powers) : make("span", { class: "quiet" }, word("power.none"));
  const made = make(
    "tr", { "data-id": person.id },
    make("td", {}, name, make("span", { class: "quiet small login" }, person.login)),
    make("td", {}, held),
    make("td", {}, standing(person)),
  );
  made.addEventListener("click", () => open(person.id));
  return made;
}

/** The row of somebody who was changed. @param {HTMLElement} rows @param {Person} after @param {(id: string) => void} open */
function renew(rows, after, open) {
  const old = rows.querySelector(`[data-id="${after.id}"]`);
  old?.replaceWith(row({ ...after, powers: after.powers.filter(isHeld) }, open));
}
