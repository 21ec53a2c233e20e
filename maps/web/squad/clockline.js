// An order's clock: by when what must be done, and how long that is.

import { fill, make } from "../shared/dom.js";
import { moment } from "../shared/formats.js";
import { span } from "../shared/span.js";
import { word, wordOr } from "../shared/words.js";
import { ahead } from "../phone/clock.js";
import { live } from "../phone/state.js";
import { verbsOf } from "./orders.js";

/** @import {Order} from "../phone/types.js" */

const MINUTE_MS = 60_000;
const SOON_MIN = 10;

/** Kept in step with the time; nothing else of the card is drawn anew for that. @param {Order} order */
export function clockOf(order) {
  const place = make("div", { class: "clock" });
  live(place, () => [order.told, minutes(order.acknowledge_by), minutes(order.due?.at)], () => fill(place, ...lines(order)));
  return place;
}

/** @param {Order} order */
function lines(order) {
  const { told, state, due, acknowledge_by, suspended_until } = order;
  if (suspended_until) return [make("span", { class: "quiet" }, word("squad.suspended", { day: suspended_until }))];
  // Until somebody is there the clock is the same; of the next one only the server knows.
  const same = !told || verbsOf(order).includes("arrive");
  return [
    told ? make("span", { class: "soon" }, word("field.on_its_way")) : line(acknowledge_by, (time) => word("squad.accept_by", { time })),
    line(same ? due?.at : null, (time) => wordOr(`squad.by_${state}`, word("field.until", { time }), { time }) + (due?.provisional ? word("field.provisional") : "")),
  ];
}

/** @param {string | null | undefined} at @param {(time: string) => string} say */
function line(at, say) {
  const left = minutes(at);
  if (!at || left === null) return null;
  const kind = left < 0 ? "failure" : left < SOON_MIN ? "soon" : "";
  const rest = left < 0 ? word("field.overdue", { span: span(-left) }) : word("field.left", { span: span(left) });
  return make("p", { class: kind }, make("span", {}, say(moment(at))), " ", make("strong", {}, rest));
}

/** Whole minutes that are left, by the server's clock. @param {string | null | undefined} at */
function minutes(at) {
  return at ? Math.floor((Date.parse(at) - (Date.now() - ahead())) / MINUTE_MS) : null;
}
