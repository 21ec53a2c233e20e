// How far a place is from here, and in which direction.

import { number } from "../shared/formats.js";
import { word } from "../shared/words.js";
import { metres } from "./area.js";

/** @import {Point} from "./types.js" */

const WINDS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];
const NEAR_M = 30;

/** @param {Point} here @param {Point} there */
export function away(here, there) {
  const far = metres(here, there);
  if (far < NEAR_M) return word("squad.here");
  const text = far < 1000 ? word("field.metres", { n: Math.round(far / 10) * 10 }) : word("squad.km", { n: number(far / 1000) });
  return word("squad.away", { far: text, direction: word(`squad.to_${wind(here, there)}`) });
}

/** @param {Point} here @param {Point} there */
function wind(here, there) {
  const east = (there.lon - here.lon) * Math.cos((here.lat * Math.PI) / 180);
  const turn = Math.atan2(east, there.lat - here.lat) / (2 * Math.PI);
  return WINDS[Math.round(turn * WINDS.length + WINDS.length) % WINDS.length];
}
