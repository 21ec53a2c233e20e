// Taking somebody on: a login, a name and a first role; the code to hand over comes with it.

import { post } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { drawer } from "../../shared/drawer.js";
import { onSubmit } from "../../shared/forms.js";
import { region } from "../../shared/region.js";
import { word } from "../../shared/words.js";
import { roleAndArea } from "./areas.js";
import { field } from "./field.js";
import { chosen, fromAndLast, span } from "./powers.js";
import { setting } from "./setting.js";

/** @import {Person, Secret} from "./types.js" */

/** @param {(person: Person, code: Secret) => void} taken */
export async function takeOn(taken) {
  const { place, dialog } = drawer(word("person.take_on"));
  await region(place, async () => {
    const given = await setting();
    const login = make("input", { name: "login", required: true, maxlength: 64, autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
    const name = make("input", { name: "name", maxlength: 100, autocomplete: "off" });
    const form = make(
      "form", { class: "stack" },
      field(word("person.login"), login, word("person.login_hint")),
      field(word("person.name"), name, word("person.name_hint")),
      ...roleAndArea(given),
      fromAndLast(),
      make("p", { class: "quiet small" }, word("person.code_hint")),
      make("div", { class: "row" }, make("button", { class: "primary" }, word("person.take_on"))),
    );
    onSubmit(form, async (typed) => {
      /** @type {{person: Person, code: Secret}} */
      const answer = await post("/api/people", { login: typed.get("login"), name: typed.get("name"), ...chosen(typed), ...span(typed) });
      dialog.close();
      taken(answer.person, answer.code);
    });
    fill(place, form);
    login.focus();
  });
}
