// The first view: what must my squad do now? A new order does not push away what is being read.

import { fill, make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { word } from "../shared/words.js";
import { caseName } from "../phone/names.js";
import { live, state } from "../phone/state.js";
import { card, standing } from "./card.js";
import { duty } from "./duty.js";
import { verbsOf } from "./orders.js";
import { isOn } from "./sound.js";

/** @import {Order} from "../phone/types.js" */

/** The orders on the screen, in the order in which they were put there. @type {string[]} */
let listed = [];

export function homeView() {
  listed = [];
  return { title: word("squad.orders"), content: [sound(), refused(), newBar(), list(), done(), duty(), others()] };
}

/** @param {Order} order */
function isDone(order) {
  return Boolean(order.told) && verbsOf(order).length === 0;
}

function open() {
  return state.orders.filter((order) => !isDone(order)).map(({ id }) => id);
}

/** Not on the screen yet; on an empty one everything is put at once. */
function news() {
  const now = open();
  listed = listed.filter((id) => now.includes(id));
  if (!listed.length) listed = now;
  return now.filter((id) => !listed.includes(id));
}

function newBar() {
  const place = make("div", { class: "news", "aria-live": "polite" });
  live(place, () => news().length, (n) => {
    const button = make("button", { type: "button", class: "wide" }, word(n === 1 ? "squad.one_new" : "squad.some_new", { n }));
    button.addEventListener("click", () => {
      listed = open();
      document.dispatchEvent(new Event("state"));
      window.scrollTo({ top: 0 });
    });
    fill(place, n ? button : null);
  });
  return place;
}

function list() {
  const place = make("section", { class: "stack", "aria-label": word("squad.orders") });
  live(place, () => [news() && [...listed], none()], ([ids]) => {
    const rows = /** @type {string[]} */ (ids).map(card);
    fill(place, rows.length ? make("ul", { class: "orders" }, ...rows) : make("p", { class: "card none" }, none()));
  });
  return place;
}

function none() {
  if (state.standing === "out") return word("field.signed_out_lists");
  if (!state.readAt) return word("field.not_read");
  return state.squads.length ? word("squad.none", { time: time(state.readAt) }) : word("squad.no_squad");
}

/** What was done here and is not there yet. */
function done() {
  const place = make("section", { class: "stack", "aria-label": word("squad.done") });
  live(place, () => state.orders.filter(isDone), (orders) => {
    place.hidden = !orders.length;
    const rows = orders.map((order) => make("li", {}, make("a", { href: `#order/${order.id}` }, make("span", { class: "head" },
      standing(order), make("strong", {}, caseName(order)), make("span", { class: "quiet" }, order.case_no ?? "")))));
    fill(place, make("h2", {}, word("squad.done")), make("ul", { class: "rows" }, ...rows));
  });
  return place;
}

function refused() {
  const place = make("div");
  live(place, () => state.items.filter((item) => item.refused).length, (n) => {
    place.hidden = !n;
    fill(place, make("p", { class: "card row" }, word("field.sync_refused", { n }), " ", make("a", { href: "#waiting", class: "button" }, word("field.to_waiting"))));
  });
  return place;
}

function others() {
  const place = make("p", { class: "quiet" });
  live(place, () => state.others, (n) => {
    place.hidden = !n;
    place.textContent = word("field.others", { n });
  });
  return place;
}

/** It goes at the first touch, which may be on a button: its room stays, so that nothing moves. */
function sound() {
  const place = make("p", { class: "quiet small", hidden: isOn() }, word("squad.sound_hint"));
  live(place, isOn, (on) => { place.classList.toggle("unseen", on); });
  return place;
}
