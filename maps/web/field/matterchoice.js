// What it is about: the matters of late as large buttons, all of them behind one more.

import { fill, make } from "../shared/dom.js";
import { said, word } from "../shared/words.js";
import { alter, draft, leastBefore, taken } from "./draft.js";
import { matterName, matterOf } from "../phone/names.js";
import { bareFirst, recent } from "./recent.js";
import { live, state } from "../phone/state.js";

/** @import {Matter} from "../phone/types.js" */

/** What shows it anew. @param {HTMLElement} place @param {() => void} chosen */
export function matterChoice(place, chosen) {
  // Begun without a photo it keeps that order once one is taken: nothing jumps.
  const bare = !draft()?.returned && !draft()?.photos.length;
  const list = make("div", { class: "choices", role: "radiogroup", "aria-label": word("field.matter") });
  const all = make("button", { type: "button" });
  const show = () => {
    const now = matterOf(draft()?.matter ?? "");
    const near = recent(bare);
    const shown = now && !near.includes(now) ? [now, ...near.slice(0, -1)] : near;
    fill(list, ...shown.map((matter) => radio(matter, pick)));
    fill(all, word("field.all_matters", { n: state.matters.length }));
  };
  const pick = async (/** @type {Matter} */ { code }) => {
    await alter({ matter: code });
    chosen();
  };
  all.addEventListener("click", () => chooser(bare, async (matter) => {
    await pick(matter);
    show();
  }));
  fill(place, make("h2", {}, word("field.matter")), list, all);
  // Somebody new at the phone may be faster than the list.
  live(place, () => state.matters, show);
  return show;
}

/** @param {Matter} matter @param {(matter: Matter) => void} pick @param {string} [group] */
function radio(matter, pick, group = "matter") {
  const input = make("input", { type: "radio", name: group, value: matter.code, checked: draft()?.matter === matter.code });
  input.addEventListener("change", () => pick(matter));
  return make("label", { class: "choice" }, input, make("span", {}, ...named(matter)));
}

/** Its name, and that it still lacks a photo. @param {Matter} matter */
function named(matter) {
  const whole = draft();
  const lacks = whole && taken(whole, "before") < leastBefore(whole, matter);
  return [matterName(matter), lacks ? make("span", { class: "quiet small lacks" }, word("field.wants_photo")) : null];
}

/** All matters by class, and found by their name. @param {boolean} bare @param {(matter: Matter) => void} pick */
function chooser(bare, pick) {
  const find = make("input", { type: "search", placeholder: word("field.find_matter"), "aria-label": word("field.find_matter") });
  const list = make("div", { class: "stack all" });
  const shut = make("button", { type: "button" }, word("desk.cancel"));
  const dialog = make("dialog", { class: "whole", "aria-label": word("field.matter") }, make("div", { class: "row" }, find, shut), list);
  const take = (/** @type {Matter} */ matter) => { dialog.close(); pick(matter); };
  const show = () => {
    const wanted = find.value.trim().toLowerCase();
    const all = bare ? bareFirst(state.matters) : state.matters;
    const found = all.filter((matter) => `${matter.code} ${matter.name_zh} ${matter.name_en}`.toLowerCase().includes(wanted));
    const classes = [...new Set(found.map(className))];
    const groups = classes.map((name) => {
      const matters = found.filter((matter) => className(matter) === name).map((matter) => plain(matter, take));
      return make("section", { class: "stack" }, make("h3", {}, name), make("div", { class: "choices" }, ...matters));
    });
    fill(list, ...(groups.length ? groups : [make("p", { class: "quiet", role: "status" }, word("field.no_such_matter"))]));
  };
  find.addEventListener("input", show);
  shut.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  show();
  dialog.showModal();
}

/** @param {Matter} matter @param {(matter: Matter) => void} take */
function plain(matter, take) {
  const button = make("button", { type: "button" }, ...named(matter));
  button.addEventListener("click", () => take(matter));
  return button;
}

/** @param {Matter} matter */
function className({ class_zh, class_en }) {
  return said({ zh: class_zh ?? "", en: class_en ?? "" });
}
