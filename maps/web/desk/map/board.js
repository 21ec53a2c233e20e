// The map of the desk, where this browser can draw one. Whatever asks it for something works the
// same where there is none.

import { byId } from "../../shared/dom.js";
import { choose, dressCases } from "./cases.js";
import { dressAnew, goTo, openMap } from "./ground.js";
import { dressLegend } from "./legend.js";
import { library } from "./library.js";
import { point } from "./pointing.js";
import { dressReach } from "./reach.js";
import { dressNames, dressSquads } from "./squads.js";
import { addSymbols } from "./symbols.js";
import { dressWay, drawWay, ringFound } from "./way.js";

/** @import {Map as MapLibre} from "maplibre-gl" */
/** @import {LineString} from "geojson" */
/** @import {Chosen} from "./cases.js" */
/** @import {HearGround} from "./pointing.js" */

const PLANS = "plans";
/** @type {MapLibre | null} */
let map = null;
/** @type {HearGround} */
let hear = () => false;
let chosen = "";
/** What is to be shown once there is a map. @type {Chosen | null} */
let waiting = null;

/** Opens it once its place is seen. */
export async function openBoard() {
  const dresses = [addSymbols, dressReach, dressWay, dressCases, dressSquads, dressNames, dressLegend];
  map = await openMap(byId("ground"), dresses);
  point(await library(), map, (lon, lat) => hear(lon, lat));
  if (waiting) showCase(waiting);
  map.once("idle", () => byId("ground").setAttribute("data-drawn", ""));
}

/** @param {HearGround} listener Told of each click where nothing is. */
export function onGround(listener) {
  hear = listener;
}

/** Rings a place and goes there. @param {number} lon @param {number} lat */
export function showPlace(lon, lat) {
  if (!map) return;
  ringFound(map, { lon, lat });
  goTo(map, lon, lat);
}

export function forgetPlace() {
  if (map) ringFound(map, null);
}

/** The case that is open; the map follows where it is out of view. @param {Chosen} one */
export function showCase(one) {
  if (!map) {
    waiting = one;
    return;
  }
  choose(one);
  if (chosen === one.id) return;
  chosen = one.id;
  drawWay(map, null);
  const { lon, lat } = one;
  if (!map.getBounds().contains([lon, lat]) || map.getZoom() < 13) goTo(map, lon, lat);
}

/** @param {LineString | null} line @param {boolean} [guessed] */
export function showWay(line, guessed = false) {
  if (map) drawWay(map, line, guessed);
}

/** What lies below has changed: a study, an import; or a plan, whose classes the style tells. @param {string} layer */
export function renewGround(layer) {
  if (layer === PLANS) return void dressAnew();
  for (const [name, source] of Object.entries(map?.getStyle().sources ?? {})) {
    if ("url" in source && source.url?.includes(layer)) map?.refreshTiles(name);
  }
}

/** For the keyboard: arrows move, plus and minus zoom. */
export function focusMap() {
  map?.getCanvas().focus();
}
