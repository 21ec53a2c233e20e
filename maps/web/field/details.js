// What else may be said of a case: words, the matter's own questions, put right on the spot.

import { fill, make } from "../shared/dom.js";
import { questions } from "../shared/questions.js";
import { word } from "../shared/words.js";
import { camera, lens, pictures } from "../phone/camera.js";
import { alter, draft } from "./draft.js";
import { matterOf } from "../phone/names.js";

/** @import {Draft} from "../phone/types.js" */

/** @param {HTMLDetailsElement} place */
export function details(place) {
  const whole = /** @type {Draft} */ (draft());
  const matter = matterOf(whole.matter ?? "");
  const asked = questions(matter?.questions ?? [], whole.answers, (answers) => void alter({ answers }));
  // What must be answered is not left folded away, nor what is told.
  if (matter?.questions.some(({ required, variable }) => required || !variable)) place.open = true;
  fill(
    place,
    make("summary", {}, word("field.details")),
    make("div", { class: "stack" }, ...asked,
      text("textarea", "description", word("field.description"), 4000),
      text("input", "address", word("field.address"), 300),
      whole.amends ? null : onTheSpot()),
  );
}

/** @param {"textarea" | "input"} kind @param {"description" | "address"} name @param {string} label @param {number} longest */
function text(kind, name, label, longest) {
  const field = make(kind, { name, maxlength: longest, autocomplete: "off" });
  field.value = draft()?.[name] ?? "";
  field.addEventListener("input", () => void alter({ [name]: field.value }));
  return make("label", {}, make("span", { class: "label" }, label), field);
}

function onTheSpot() {
  const box = make("input", { type: "checkbox", name: "fixed", checked: draft()?.fixed ?? false });
  const after = make("div", { class: "shots" });
  const show = () => {
    const { fixed, photos } = /** @type {Draft} */ (draft());
    after.hidden = !fixed;
    const shots = photos.filter(({ kind }) => kind === "after");
    const more = camera({ class: "button" }, "after", async (taken) => {
      await alter({ photos: [.../** @type {Draft} */ (draft()).photos, ...taken] });
      show();
    }, lens(), make("span", {}, word("field.photo_after")));
    const out = async (/** @type {{id: string}} */ { id }) => {
      await alter({ photos: /** @type {Draft} */ (draft()).photos.filter((photo) => photo.id !== id) });
      show();
    };
    fill(after, make("ul", {}, ...pictures(shots, out)), more);
  };
  box.addEventListener("change", async () => {
    await alter({ fixed: box.checked });
    show();
  });
  show();
  return make("div", { class: "stack" }, make("label", { class: "check" }, box, make("span", {}, word("field.fixed"))), after);
}
