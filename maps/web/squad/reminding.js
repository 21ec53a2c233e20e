// An order that nobody has accepted rings once more before the desk is told of it.

import { word } from "../shared/words.js";
import { announce } from "../phone/announce.js";
import { ahead } from "../phone/clock.js";
import { caseName } from "../phone/names.js";
import { state } from "../phone/state.js";
import { verbsOf } from "./orders.js";
import { ring } from "./sound.js";

/** @import {Order} from "../phone/types.js" */

const LOOK_MS = 5_000;
const BEFORE_MS = 90_000;
/** By when those should be accepted that were rung for: one that is sent anew rings anew. @type {Map<string, string>} */
const rung = new Map();

export function remind() {
  setInterval(look, LOOK_MS);
}

function look() {
  const now = Date.now() - ahead();
  const due = state.orders.filter((order) => isDue(order, now));
  if (!due.length) return;
  for (const { id, acknowledge_by } of due) rung.set(id, String(acknowledge_by));
  ring();
  announce(word("squad.accept_soon", { matter: caseName(due[0]) }));
}

/** @param {Order} order @param {number} now */
function isDue(order, now) {
  const { id, acknowledge_by: by } = order;
  if (!by || rung.get(id) === by || !verbsOf(order).includes("accept")) return false;
  const left = Date.parse(by) - now;
  return left > 0 && left < BEFORE_MS;
}
