// Perhaps somebody has reported it already: then it can be followed instead.

import { byId, fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { ask } from "./asking.js";
import { EVENT } from "./position.js";
import { follow } from "./send.js";

/** @import {Fix} from "./position.js" */
/** @typedef {{id: string, stage: string, occurred_at: string, metres: number}} Near */

/** @param {HTMLFormElement} form @param {() => Fix | null} position */
export function watchNear(form, position) {
  let asked = "";
  const look = async () => {
    const fix = position();
    const matter = new FormData(form).get("matter");
    const question = fix && matter ? `matter=${encodeURIComponent(String(matter))}&lon=${fix.lon}&lat=${fix.lat}` : "";
    if (question === asked) return;
    asked = question;
    /** @type {{items: Near[]}} */
    const { items } = question ? await ask(`/api/public/near?${question}`).catch(() => ({ items: [] })) : { items: [] };
    if (question === asked) fill(byId("near"), ...items.slice(0, 1).map((one) => suggestion(form, one)));
  };
  form.addEventListener("change", look);
  form.addEventListener(EVENT, look);
}

/** @param {HTMLFormElement} form @param {Near} one */
function suggestion(form, one) {
  const button = make("button", { type: "button" }, word("resident.follow"));
  button.addEventListener("click", () => follow(form, one.id));
  const stage = word(`stage.${one.stage}`);
  return make("div", {}, make("p", {}, word("resident.near", { metres: Math.max(one.metres, 10), stage })), button);
}
