// The line that says where it is, and how sure that is.

import { fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { gridAt, metres } from "../phone/area.js";
import { draft } from "./draft.js";
import { EVENT, position, quality } from "../phone/position.js";
import { state } from "../phone/state.js";

/** @import {Draft, Fix, Point, Spot} from "../phone/types.js" */

/** The line itself stands where it is always seen, by what sends. */
export function placeLine() {
  const text = make("p", { id: "position", role: "status" });
  const show = () => {
    if (!text.isConnected && text.textContent) return document.removeEventListener(EVENT, show);
    const whole = draft();
    if (!whole) return;
    text.dataset.quality = whole.pin || whole.grid ? "good" : quality(position.fix);
    text.dataset.outside = String(isOutside(whole));
    fill(text, ...described(whole));
  };
  show();
  document.addEventListener(EVENT, show);
  return text;
}

/** What else there is where the phone does not know it. */
export function otherPlace() {
  return make("section", { class: "card stack where", "aria-label": word("field.place") },
    make("div", { class: "row" }, make("a", { href: "#map", class: "button" }, word("field.move")), make("a", { href: "#nomap", class: "button" }, word("field.without_map"))));
}

/** @param {Draft} whole */
function isOutside({ pin, grid, fix: then, amends }) {
  const at = pin ?? (grid ? null : amends ? then : position.fix);
  return at !== null && !gridAt(state.grids, at);
}

/** @param {Draft} whole */
function described({ pin, grid, spot, address, fix: then, amends }) {
  if (pin) return [name(pin), moved(pin)];
  if (grid) return [make("strong", {}, state.grids.find(({ code }) => code === grid)?.name ?? grid), ` ${address} `, spotted(spot)];
  const fix = amends ? then : position.fix;
  return fix ? [name(fix), ` ${sure(fix)}`] : [sure(fix)];
}

/** By what the point is known; without anything it is the middle of the grid. @param {Spot | null | undefined} spot */
function spotted(spot) {
  return spot ? word("field.spot", { name: spot.name, n: spot.accuracy_m }) : word("field.spot_middle");
}

/** @param {Fix | null} fix */
export function sure(fix) {
  return word(`field.fix_${quality(fix)}`, { n: fix?.accuracy_m ?? 0 });
}

/** @param {Point} at */
function name(at) {
  return make("strong", {}, gridAt(state.grids, at)?.name ?? word("field.outside"));
}

/** @param {Point} pin */
export function moved(pin) {
  const fix = position.fix;
  const away = fix ? Math.round(metres(pin, fix)) : 0;
  return away ? ` ${word("field.moved", { n: away })}` : "";
}
