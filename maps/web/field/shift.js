// The shift: at its start the phone is made ready for places without a signal, at its end it is said
// what has not arrived yet.

import { fill, make } from "../shared/dom.js";
import { dayBegins, time } from "../shared/formats.js";
import { word } from "../shared/words.js";
import { now } from "../phone/clock.js";
import { stay } from "../phone/install.js";
import { keep } from "../phone/kept.js";
import { sendNow } from "../phone/outbox/triggers.js";
import { locate, rest } from "../phone/position.js";
import { read } from "./reading.js";
import { live, set, state } from "../phone/state.js";

export function shiftRow() {
  const place = make("section", { class: "card stack", "aria-label": word("field.shift"), "aria-live": "polite" });
  live(place, () => [state.shift, ready(), reported()], () => fill(place, ...(state.shift ? on(state.shift) : off())));
  return place;
}

function off() {
  const button = make("button", { type: "button", class: "wide" }, word("field.shift_begin"));
  button.addEventListener("click", () => void turn(now()));
  return [button];
}

/** @param {string} since */
function on(since) {
  const button = make("button", { type: "button", class: "wide" }, word("field.shift_end"));
  button.addEventListener("click", () => void turn(null));
  const [before, n] = reported();
  return [
    make("p", {}, word(before ? "field.on_shift_day" : "field.on_shift", { time: time(since), n: before + n })),
    make("p", { class: ready() ? "good" : "quiet" }, ready() ? word("field.ready", { matters: state.matters.length, grids: state.grids.length }) : word("field.not_ready")),
    button,
  ];
}

/** How many reports there are, arrived or on their way: of its day before the shift began, and since. @returns {[number, number]} */
function reported() {
  if (!state.shift) return [0, 0];
  const waiting = state.items.filter((item) => item.kind === "report").map((item) => item.body);
  const all = [...state.mine, ...waiting].map((one) => Date.parse(one.occurred_at));
  const [day, began] = [dayBegins(time(state.shift).slice(0, 10)), state.shift].map(Date.parse);
  return [all.filter((at) => at >= day && at < began).length, all.filter((at) => at >= began).length];
}

/** Whether the phone can do without a signal. */
function ready() {
  return state.matters.length > 0 && state.readAt !== null && Boolean(navigator.serviceWorker?.controller);
}

/** @param {string | null} since */
async function turn(since) {
  if (!state.me) return;
  set({ shift: await keep(state.me.id, "shift", since) });
  sendNow();
  if (since === null) return rest();
  locate();
  await stay();
  await read();
}
