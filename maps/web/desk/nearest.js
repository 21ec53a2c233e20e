// Trying out who would be there first: a place typed or clicked.

import { NotGiven, post } from "../shared/api.js";
import { byId, fill, make } from "../shared/dom.js";
import { number } from "../shared/formats.js";
import { word, wordOr } from "../shared/words.js";

/** @import {Nearest, Way} from "./types.js" */

const form = /** @type {HTMLFormElement} */ (byId("nearest-form"));
const place = byId("nearest");

/**
 * @param {(lon: number, lat: number) => void} mark Called with the place on WGS 84.
 * @returns {(lon: number, lat: number) => void} for places clicked on the map
 */
export function prepareNearest(mark) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask(mark);
  });
  return (lon, lat) => {
    field("lon").value = lon.toFixed(6);
    field("lat").value = lat.toFixed(6);
    field("datum").value = "wgs84";
    void ask(() => undefined);
  };
}

/** @param {string} name */
function field(name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

/** @param {(lon: number, lat: number) => void} mark */
async function ask(mark) {
  const body = { lon: Number(field("lon").value || NaN), lat: Number(field("lat").value || NaN), datum: field("datum").value };
  try {
    /** @type {Nearest} */
    const found = await post("/api/nearest-squads", body);
    show(found);
    mark(found.lon, found.lat);
  } catch (failure) {
    if (!(failure instanceof NotGiven)) throw failure;
    fill(place, make("p", { class: "failure", role: "alert" }, failure.message));
  }
}

/** @param {Nearest} found */
function show({ items, beyond, shortfall }) {
  if (items.length) {
    const method = wordOr(`nearest.method.${items[0].method}`, items[0].method);
    return fill(place, make("ol", { class: "squads" }, ...items.map(line)), make("p", { class: "quiet small" }, method));
  }
  const why = shortfall.map((code) => wordOr(`nearest.short.${code}`, code)).join(", ");
  const soonest = beyond.length > 0 && word("nearest.beyond", { minutes: minutes(beyond[0]), name: beyond[0].name });
  fill(place, make("p", {}, word("nearest.empty", { why })), soonest && make("p", { class: "quiet" }, soonest));
}

/** @param {Way} way */
function line(way) {
  const reasons = way.reasons.map((code) => wordOr(`nearest.reason.${code}`, code)).join(", ");
  const far = word("nearest.line", { minutes: minutes(way), km: number(way.metres / 1000) });
  return make("li", {}, make("strong", {}, way.name), make("span", {}, far), make("span", { class: "quiet small" }, reasons));
}

/** @param {Way} way */
function minutes(way) {
  return number(Math.max(1, Math.round(way.seconds / 60)));
}
