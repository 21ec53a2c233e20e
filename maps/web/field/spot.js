// A point in a grid by what people call it: a place that the phone keeps, or a street that the server knows.

import { ifGiven, post } from "../shared/api.js";
import { fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { gridAt } from "../phone/area.js";
import { state } from "../phone/state.js";

/** @import {Place, Spot} from "../phone/types.js" */

/** So far from its point is still at the place; a lane is no narrower than what one sees of it. */
const [BESIDE_M, LEAST_M] = [100, 30];
const PATIENCE_MS = 4_000;

/** @param {() => string} gridOf @param {Spot | null | undefined} before @param {(chosen: Spot | null) => void} tell */
export function placeChoice(gridOf, before, tell) {
  const select = make("select", { name: "place" });
  const element = make("label", {}, make("span", { class: "label" }, word("field.known_place")), select);
  /** @type {Place[]} */
  let there = [];
  const chosen = () => {
    const one = there[Number(select.value)];
    return select.value && one ? { name: one.name, lon: one.lon, lat: one.lat, accuracy_m: BESIDE_M } : null;
  };
  const renew = () => {
    there = state.places.filter((place) => gridAt(state.grids, place)?.code === gridOf()).sort((a, b) => a.name.localeCompare(b.name));
    fill(select, make("option", { value: "" }, "–"),
      ...there.map(({ name, lon }, i) => make("option", { value: i, selected: name === before?.name && lon === before?.lon }, name)));
    element.hidden = !there.length;
    tell(chosen());
  };
  select.addEventListener("change", () => tell(chosen()));
  renew();
  return { element, chosen, renew };
}

/** By the road or place that an address names, if the server can be asked at once. @param {string} text @param {string} grid @returns {Promise<Spot | null>} */
export function spotOf(text, grid) {
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS, null); });
  return Promise.race([named(text, grid), late]);
}

/** @param {string} text @param {string} grid @returns {Promise<Spot | null>} */
async function named(text, grid) {
  if (text.length < 2 || !navigator.onLine) return null;
  /** @type {{items: (Place & {metres: number | null})[]} | null} */
  const found = await ifGiven(post("/api/addresses", { text, grid, limit: 1 }));
  const one = found?.items[0];
  return one ? { name: one.name, lon: one.lon, lat: one.lat, accuracy_m: Math.max(LEAST_M, Math.round(one.metres ?? BESIDE_M)) } : null;
}
