// What is open near a place and who is there, the nearest first: what the map would show around it.

import { make } from "../../shared/dom.js";
import { number } from "../../shared/formats.js";
import { word, wordOr } from "../../shared/words.js";
import { cases, squads } from "../live/store.js";
import { stateOf } from "../map/items.js";
import { dueBy } from "./due.js";
import { part } from "./part.js";
import { matterOf } from "./row.js";
import { untilOf } from "./until.js";

/** @typedef {{name: string, lon: number, lat: number}} Found */

const MOST = 12;
const [KM_A_DEGREE, HALF_TURN] = [111.2, 180];

/** @param {Found} found */
export function nearPart(found) {
  const near = nearest([...cases.values()], found).map(({ one, km }) => [
    make("a", { href: `#case=${one.id}` }, one.case_no ?? word("cases.unnumbered")), matterOf(one), one.address ?? "", word("send.km", { km: number(km) }),
    wordOr(`state.${one.state}`, one.state), dueBy(untilOf(one)),
  ]);
  const there = nearest([...squads.values()].filter(({ on_duty: duty }) => duty), found).map(({ one, km }) => [make("strong", {}, one.name), word("send.km", { km: number(km) }), stateOf(one)]);
  return make("div", { class: "stack" }, make("h3", {}, word("near.title", { place: found.name })),
    part("near.cases", ["no", "matter", "where", "away", "state", "due"], near), part("near.squads", ["squad", "away", "state"], there));
}

/** @template {{lon: number, lat: number}} T @param {T[]} all @param {Found} from */
function nearest(all, from) {
  return all.map((one) => ({ one, km: away(one, from) })).sort((one, two) => one.km - two.km).slice(0, MOST);
}

/** As the crow flies; exact enough within a bureau. @param {{lon: number, lat: number}} one @param {Found} from */
function away(one, from) {
  const width = Math.cos((from.lat * Math.PI) / HALF_TURN);
  return KM_A_DEGREE * Math.hypot((one.lon - from.lon) * width, one.lat - from.lat);
}
