// What else may be said of a case: words, the matter's own questions, put right on the spot.

import { fill, make } from "../shared/dom.js";
import { questions } from "../shared/questions.js";
import { word } from "../shared/words.js";
import { camera, lens, pictures } from "../phone/camera.js";
import { alter, draft } from "./draft.js";
import { matterOf } from "../phone/names.js";

/** @import {Draft} from "../phone/types.js" */

/** @param {HTMLDetailsElement} place @param {() => void} changed Hears what a report may lack no longer. */
export function details(place, changed) {
  const whole = /** @type {Draft} */ (draft());
  const matter = matterOf(whole.matter ?? "");
  const asked = questions(matter?.questions ?? [], whole.answers, async (answers) => {
    await alter({ answers });
    changed();
  });
  // What must be answered is not left folded away, nor what is told.
  if (matter?.questions.some(({ required, variable }) => required || !variable)) place.open = true;
  fill(
    place,
    make("summary", {}, word("field.details")),
    make("div", { class: "stack" }, ...asked,
      text("textarea", "description", word("field.description"), 4000),
      text("input", "address", word("field.address"), 300),
      whole.amends ? null : onTheSpot(changed)),
  );
}

/** @param {"textarea" | "input"} kind @param {"description" | "address"} name @param {string} label @param {number} longest */
function text(kind, name, label, longest) {
  const field = make(kind, { name, maxlength: longest, autocomplete: "off" });
  field.value = draft()?.[name] ?? "";
  field.addEventListener("input", () => void alter({ [name]: field.value }));
  return make("label", {}, make("span", { class: "label" }, label), field);
}

/** @param {() => void} changed */
function onTheSpot(changed) {
  const box = make("input", { type: "checkbox", name: "fixed", checked: draft()?.fixed ?? false });
  const after = make("div", { class: "shots" });
  const show = () => {
    const { fixed, photos } = /** @type {Draft} */ (draft());
    after.hidden = !fixed;
    const shots = photos.filter(({ kind }) => kind === "after");
    const more = camera({ class: "button" }, "after", (taken) => put({ photos: [.../** @type {Draft} */ (draft()).photos, ...taken] }), lens(), make("span", {}, word("field.photo_after")));
    const out = (/** @type {{id: string}} */ { id }) => put({ photos: /** @type {Draft} */ (draft()).photos.filter((photo) => photo.id !== id) });
    fill(after, make("ul", {}, ...pictures(shots, out)), more);
  };
  const put = async (/** @type {Partial<Draft>} */ changes) => {
    await alter(changes);
    show();
    changed();
  };
  box.addEventListener("change", () => void put({ fixed: box.checked }));
  show();
  return make("div", { class: "stack" }, make("label", { class: "check" }, box, make("span", {}, word("field.fixed"))), after);
}
