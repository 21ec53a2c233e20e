// Writing a report: photo, matter, send. All else is there for whoever needs it.

import { fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { camera, lens, pictures } from "../phone/camera.js";
import { shots as album } from "../phone/casefile.js";
import { details } from "./details.js";
import { abandon, alter, begin, draft, leastBefore, taken } from "./draft.js";
import { matterChoice } from "./matterchoice.js";
import { matterOf } from "../phone/names.js";
import { allTaken } from "../phone/photo.js";
import { locate } from "../phone/position.js";
import { home } from "../phone/router.js";
import { send } from "./send.js";
import { otherPlace, placeLine } from "./where.js";

/** @import {Draft} from "../phone/types.js" */

export async function reportView() {
  const whole = draft() ?? (await begin());
  if (!whole.pin && !whole.grid) locate();
  const matter = make("section", { class: "stack" });
  const more = make("details", { class: "card" });
  const end = ends();
  const choice = matterChoice(matter, () => {
    details(more, looked);
    end.look();
  });
  const looked = () => {
    choice();
    end.look();
  };
  details(more, looked);
  const photos = shots(looked);
  return { title: word(whole.amends ? "field.amend" : "field.report"), content: [...sent(whole), photos, matter, otherPlace(), more, end.place] };
}

/** What lies with the case already is seen, so that nobody takes it once more. @param {Draft} whole */
function sent({ id, sent: photos = [] }) {
  const there = album({ id, photos });
  return there ? [make("section", { class: "stack" }, make("h2", {}, word("field.photos_sent", { n: photos.length })), there)] : [];
}

/** @param {() => void} changed */
function shots(changed) {
  const place = make("section", { class: "shots", "aria-label": word("field.photos") });
  const show = () => {
    const { photos } = /** @type {Draft} */ (draft());
    const more = camera({ class: "button", id: "more-photos" }, "before", async (taken) => {
      await alter({ photos: [.../** @type {Draft} */ (draft()).photos, ...taken] });
      show();
      changed();
    }, lens(), make("span", {}, word(photos.length ? "field.photo_more" : "field.photo")));
    const out = async (/** @type {{id: string}} */ { id }) => {
      await alter({ photos: /** @type {Draft} */ (draft()).photos.filter((photo) => photo.id !== id) });
      show();
      changed();
    };
    const before = photos.filter(({ kind }) => kind === "before");
    fill(place, make("ul", {}, ...pictures(before, out)), more);
  };
  show();
  return place;
}

function ends() {
  const failure = make("p", { class: "failure", role: "alert", hidden: true });
  const button = make("button", { type: "button", class: "primary wide", id: "send" }, word("field.send"));
  button.addEventListener("click", () => {
    button.disabled = true;
    void press().finally(() => { button.disabled = false; });
  });
  const drop = make("button", { type: "button" }, word("field.abandon"));
  drop.addEventListener("click", async () => {
    if (!confirm(word("field.abandon_sure"))) return;
    await abandon();
    await home();
  });
  const press = async () => {
    await allTaken();
    if (complete()) await send();
  };
  const complete = () => {
    const lacking = missing(/** @type {Draft} */ (draft()));
    failure.textContent = lacking;
    failure.hidden = !lacking;
    return !lacking;
  };
  const look = () => { if (!failure.hidden) complete(); };
  return { place: make("div", { class: "ends where" }, failure, placeLine(), make("div", { class: "row" }, drop, button)), look };
}

/** What a report cannot do without, in words. @param {Draft} whole */
function missing(whole) {
  const { matter, answers, fixed } = whole;
  const chosen = matterOf(matter ?? "");
  if (!chosen) return word("field.needs_matter");
  if (taken(whole, "before") < leastBefore(whole, chosen)) return word("field.needs_photos", { n: Math.max(chosen.photos_before, 1) });
  if (fixed && taken(whole, "after") < Math.max(chosen.photos_after, 1)) return word("field.needs_after");
  const open = chosen.questions.filter(({ code, required, variable }) => variable && required && !answers[code]?.toString());
  return open.length ? word("field.needs_answers") : null;
}
