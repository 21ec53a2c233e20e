// One order in full, and the forms of the steps that need words or photos.

import { fill, make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { word } from "../shared/words.js";
import { history, number, shots } from "../phone/casefile.js";
import { ahead } from "../phone/clock.js";
import { caseName } from "../phone/names.js";
import { caseOf } from "../phone/reading.js";
import { why } from "../phone/reasons.js";
import { back } from "../phone/router.js";
import { live, state } from "../phone/state.js";
import { stepForm } from "../phone/steps.js";
import { buttons, lost, standing } from "./card.js";
import { clockOf } from "./clockline.js";
import { verbsOf } from "./orders.js";
import { placeOf } from "../phone/place.js";
import { FORMS } from "./verbs.js";

/** @import {Order} from "../phone/types.js" */

const DAY_MIN = 1440;

/** In step with what happens to it; once it is on the list no more, as it was last. @param {string} id */
export async function orderView(id) {
  let order = await orderOf(id);
  if (!order) return away();
  const place = make("div", { class: "stack" });
  live(place, () => (order = listed(id) ?? /** @type {Order} */ (order)), (now) => fill(place, ...parts(now)));
  return { title: caseName(order), content: [place] };
}

/** @param {Order} order */
function parts(order) {
  if (order.gone) return [facts(order), lost(order, back), history(order)];
  return [facts(order), shots(order), buttons(order), history(order)];
}

/** @param {string} verb @param {string} id */
export async function stepView(verb, id) {
  const order = await orderOf(id);
  if (!order) return away();
  if (!verbsOf(order).includes(verb)) return orderView(id);
  const title = make("div", { class: "stack" }, make("p", { class: "row" }, make("strong", {}, caseName(order)), number(order)), clockOf(order));
  return { title: word(`squad.${verb}`), content: [title, await stepForm(order, verb, FORMS[verb]())] };
}

/** As this phone knows it; of one that is its squad's no more what the server says. @param {string} id @returns {Promise<Order | null>} */
async function orderOf(id) {
  return listed(id) ?? caseOf(id);
}

/** @param {string} id */
function listed(id) {
  return state.orders.find((order) => order.id === id);
}

/** @param {Order} order */
function facts(order) {
  return make("section", { class: "card stack" },
    make("p", { class: "row" }, standing(order), number(order)),
    order.gone ? null : clockOf(order), why(order), placeOf(order),
    order.description ? make("p", { class: "told" }, order.description) : null,
    make("p", { class: "quiet" }, reported(order)));
}

/** The bureau's half hour counts from the report. @param {Order} order */
function reported({ occurred_at }) {
  const ago = Math.max(0, Math.floor((Date.now() - ahead() - Date.parse(occurred_at)) / 60_000));
  return word(ago < DAY_MIN ? "squad.reported" : "squad.reported_at", { time: time(occurred_at), n: ago });
}

function away() {
  return { title: word("squad.order"), content: [make("p", { class: "failure", role: "alert" }, word("field.no_case"))] };
}
