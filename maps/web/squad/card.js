// An order as a card: what, by when, where, what was reported, and the next step as its button.

import { fill, make } from "../shared/dom.js";
import { word, wordOr } from "../shared/words.js";
import { shots } from "../phone/casefile.js";
import { caseName } from "../phone/names.js";
import { inForce, why } from "../phone/reasons.js";
import { live, state } from "../phone/state.js";
import { hand, thanks } from "../phone/steps.js";
import { clockOf } from "./clockline.js";
import { dismiss, verbsOf } from "./orders.js";
import { placeOf } from "../phone/place.js";
import { FORMS, parted } from "./verbs.js";

/** @import {Order} from "../phone/types.js" */

const MOST_PHOTOS = 3;

/** @param {string} id */
export function card(id) {
  const place = make("li", { class: "card stack order", "data-id": id });
  live(place, () => state.orders.find((order) => order.id === id), (order) => { if (order) fill(place, ...parts(order)); });
  return place;
}

/** @param {Order} order */
function parts(order) {
  if (order.gone) return [head(order), lost(order)];
  return [
    head(order), clockOf(order), again(order) ? why(order) : null, placeOf(order),
    order.description ? make("p", { class: "told short" }, order.description) : null,
    shots({ ...order, photos: order.photos?.slice(0, MOST_PHOTOS) }),
    buttons(order),
  ];
}

/** @param {Order} order */
function head(order) {
  return make("a", { class: "head", href: `#order/${order.id}` }, standing(order), make("span", { class: "quiet small" }, order.case_no ?? ""), make("strong", {}, caseName(order)));
}

/** How it stands, or what was done here and is not there yet. @param {Order} order */
export function standing(order) {
  const { told, state: now } = order;
  if (told) return make("span", { class: "chip on-the-way" }, wordOr(`do.${told}`, told));
  // Its state says that it was accepted; that was before it came back.
  if (again(order) && verbsOf(order).includes("accept")) return make("span", { class: "chip rework" }, word("do.rework"));
  return make("span", { class: `chip ${now}` }, wordOr(`state.${now}`, now));
}

/** Whether it came back to be done once more. @param {Order} order */
function again(order) {
  return inForce(order)?.verb === "rework";
}

/** @param {Order} order @param {() => void} [then] once that was read */
export function lost(order, then) {
  const read = make("button", { type: "button", class: "wide" }, word("field.notices_read"));
  read.addEventListener("click", () => void dismiss(order).then(then));
  return make("div", { class: "stack" }, make("p", {}, word("squad.gone", { state: wordOr(`state.${order.state}`, order.state) })), read);
}

/** @param {Order} order */
export function buttons(order) {
  const { next, others } = parted(verbsOf(order));
  if (!next && !others.length) return null;
  return make("div", { class: "verbs" }, next && button(order, next, "primary"), ...others.map((verb) => button(order, verb, "")));
}

/** @param {Order} order @param {string} verb @param {string} kind */
function button(order, verb, kind) {
  if (verb in FORMS) return make("a", { href: `#${verb}/${order.id}`, class: `button ${kind}` }, word(`squad.${verb}`));
  const made = make("button", { type: "button", class: kind }, word(`squad.${verb}`));
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      if (await hand(order, verb)) thanks();
    } finally {
      made.disabled = false;
    }
  });
  return made;
}
