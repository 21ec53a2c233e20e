// Choosing a role and where it is held: first the kind of area, then the township, squad or grid.

import { all } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { attempt } from "../../shared/forms.js";
import { word } from "../../shared/words.js";
import { field, select } from "./field.js";

/** @import {Area, Role, Setting} from "./types.js" */

/** Fields named `role` and, where the role has an area, `area`. @param {Setting} setting @param {string} [chosen] */
export function roleAndArea(setting, chosen) {
  const roles = select("role", setting.roles.map(({ role }) => [role, word(`role.${role}`)]), chosen ?? null);
  const does = make("span", { class: "quiet small" });
  const kinds = select("", [], null);
  const where = make("div", { class: "stack" });
  const role = () => /** @type {Role} */ (setting.roles.find((one) => one.role === roles.value));
  const showKinds = () => {
    does.textContent = verbs(role());
    fill(kinds, ...role().kinds.map((kind) => make("option", { value: kind }, word(`area.${kind}`))));
    void showPlaces(where, kinds.value, setting);
  };
  roles.addEventListener("change", showKinds);
  kinds.addEventListener("change", () => void showPlaces(where, kinds.value, setting));
  showKinds();
  return [
    make("div", {}, field(word("power.role"), roles), does),
    make("div", { class: "stack" }, field(word("power.where"), kinds), where),
  ];
}

/** @param {Role} role */
function verbs({ verbs }) {
  if (!verbs.length) return word("power.sees");
  return word("power.may", { verbs: verbs.map((verb) => word(`verb.${verb}`)).join(word("desk.comma")) });
}

/** @param {HTMLElement} where @param {string} kind @param {Setting} setting */
async function showPlaces(where, kind, setting) {
  if (kind === "bureau") return void fill(where);
  if (kind !== "grid") return void fill(where, areas("area", kind === "squad" ? setting.squads : setting.townships, word(`area.${kind}`)));
  const townships = areas("", setting.townships, word("area.township"));
  const grids = make("div");
  const load = () => attempt(grids, async () => {
    const township = townships.value;
    fill(grids, areas("area", [{ code: "", name: word("desk.loading") }], word("area.grid"))); // nothing can be sent yet
    /** @type {Area[]} */
    const found = await all(`/api/grids?township=${encodeURIComponent(township)}`);
    if (township === townships.value) fill(grids, areas("area", found, word("area.grid")));
  });
  townships.addEventListener("change", () => void load());
  fill(where, townships, grids);
  if (setting.townships.length) await load();
}

/** @param {string} name @param {Area[]} found @param {string} label */
function areas(name, found, label) {
  const made = select(name, found.map(({ code, name }) => [code, code ? `${name} · ${code}` : name]), null);
  made.setAttribute("aria-label", label);
  made.required = true;
  return made;
}
