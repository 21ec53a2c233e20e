// A squad comes on duty, goes off, or cannot be sent: said at the desk by whoever sends it.

import { post, tell } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { attempt } from "../../shared/forms.js";
import { may } from "../../shared/may.js";
import { word } from "../../shared/words.js";
import { cases, loadSquads } from "./store.js";

/** @import {Squad} from "./types.js" */

const REASONS = ["break", "vehicle", "training", "office", "other"];
const IN_HAND = ["dispatched", "accepted", "on_scene", "handling"];

/** @param {Squad} one @param {() => void} done Once it is said, and the squads are read anew. */
export function shiftOf(one, done) {
  if (!may("dispatch")) return null;
  const place = make("div", { class: "row shift" });
  /** @param {() => Promise<unknown>} send */
  const say = (send) => attempt(place, async () => {
    await send();
    await loadSquads();
    done();
  });
  place.append(...choices(one, say));
  return place;
}

/** @param {Squad} one @param {(send: () => Promise<unknown>) => Promise<void>} say */
function choices(one, say) {
  const path = `/api/squads/${encodeURIComponent(one.code)}`;
  /** @param {string | null} reason */
  const serve = (reason) => say(() => tell("PUT", `${path}/service`, { out_of_service: reason }));
  const shift = one.on_duty_since
    ? button("duty.end", one, () => mayEnd(one) && say(() => post(`${path}/shifts/end`)))
    : button("duty.begin", one, () => say(() => post(`${path}/shifts`, {})));
  if (!one.on_duty) return [shift];
  return [shift, one.out_of_service ? button("duty.back", one, () => serve(null)) : reasons(one, serve)];
}

/** Whoever is sent home leaves nobody waiting unawares. @param {Squad} one */
function mayEnd({ code, name }) {
  const n = [...cases.values()].filter(({ squad, state }) => squad === code && IN_HAND.includes(state)).length;
  return n === 0 || confirm(word("duty.end_theirs", { squad: name, n }));
}

/** @param {string} label @param {Squad} one @param {() => unknown} does */
function button(label, { name }, does) {
  const made = make("button", { type: "button", "aria-label": `${word(label)} ${name}` }, word(label));
  made.addEventListener("click", () => void does());
  return made;
}

/** @param {Squad} one @param {(reason: string) => unknown} say */
function reasons({ name }, say) {
  const options = REASONS.map((reason) => make("option", { value: reason }, word(`out_of_service.${reason}`)));
  const made = make("select", { "aria-label": `${word("duty.cannot")} ${name}` }, make("option", { value: "" }, word("duty.cannot")), ...options);
  made.addEventListener("change", () => { if (made.value) void say(made.value); });
  return made;
}
