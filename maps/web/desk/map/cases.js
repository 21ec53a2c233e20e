// Open cases on the map: a symbol where one stands alone, a counted circle where they would overlap.

import { onFilter, passes } from "../cases/filter.js";
import { isLate } from "../cases/until.js";
import { cases, onChange } from "../live/store.js";
import { feed, point } from "./feed.js";
import { colour, lookOf } from "./symbols.js";

/** @import {GeoJSONSource, Map as MapLibre} from "maplibre-gl" */
/** @import {Timed} from "../cases/until.js" */
/** @typedef {Timed & {id: string, state: string, lon: number, lat: number}} Chosen */

export const CASES = "open-cases";
export const CROWDS = "open-cases-many";
/** Over the circles that count, below the cases that stand alone. */
export const CHOSEN = "chosen-case";
const APART = 36;
const SWEEP_MS = 15_000;
/** @type {Map<string, string>} */
const looks = new Map();
/** The case that is open: it stands alone, whatever circle counts it too. @type {Chosen | null} */
let chosen = null;
/** @type {MapLibre | null} */
let board = null;

const fed = feed(CASES, (id) => {
  const one = cases.get(id);
  if (!one || !passes(one)) {
    looks.delete(id);
    return null;
  }
  const look = lookNow(id);
  looks.set(id, look);
  return point(id, one.lon, one.lat, { look, late: look === "overdue" ? 1 : 0 });
});

/** @param {string} id */
function lookNow(id) {
  const one = cases.get(id);
  return one ? lookOf(one.state, isLate(one, Date.now())) : "";
}

onChange("cases", fed.heed);
onFilter(() => fed.heed(cases.keys()));
setInterval(() => {
  fed.heed([...looks].filter(([id, look]) => lookNow(id) !== look).map(([id]) => id));
  drawChosen();
}, SWEEP_MS);

/** @param {MapLibre} map */
export function dressCases(map) {
  board = map;
  // At one spot they are counted however close one looks.
  const closest = map.getMaxZoom();
  map.addSource(CASES, {
    type: "geojson", data: { type: "FeatureCollection", features: [] }, promoteId: "id", cluster: true, clusterRadius: APART,
    maxzoom: closest + 1, clusterMaxZoom: closest, clusterProperties: { late: ["+", ["get", "late"]] },
  });
  map.addLayer({
    id: CROWDS, source: CASES, type: "circle", filter: ["has", "point_count"],
    paint: {
      "circle-color": colour("counted"), "circle-radius": ["interpolate", ["linear"], ["log10", ["get", "point_count"]], 0.3, 11, 2, 15, 4, 22],
      "circle-stroke-width": 2.5, "circle-stroke-color": ["case", [">", ["get", "late"], 0], colour("state-overdue"), colour("surface")],
    },
  });
  map.addLayer({
    id: `${CROWDS}-count`, source: CASES, type: "symbol", filter: ["has", "point_count"],
    layout: { "text-field": ["to-string", ["get", "point_count"]], "text-size": 12, "text-allow-overlap": true, "text-ignore-placement": true },
    paint: { "text-color": colour("surface") },
  });
  map.addSource(CHOSEN, { type: "geojson", data: ring() });
  map.addLayer({
    id: CHOSEN, source: CHOSEN, type: "circle",
    paint: { "circle-radius": 19, "circle-opacity": 0, "circle-stroke-width": 3, "circle-stroke-color": colour("finding") },
  });
  map.addLayer({
    id: CASES, source: CASES, type: "symbol", filter: ["!", ["has", "point_count"]],
    layout: {
      "icon-image": ["concat", "case-", ["get", "look"]], "icon-allow-overlap": true, "icon-ignore-placement": true,
      "symbol-sort-key": ["get", "late"],
    },
  });
  map.addLayer({ id: `${CHOSEN}-symbol`, source: CHOSEN, type: "symbol", layout: { "icon-image": ["concat", "case-", ["get", "look"]], "icon-allow-overlap": true } });
  fed.all(map, cases.keys());
}

/** Rings the case that is open. @param {Chosen} one */
export function choose(one) {
  chosen = one;
  drawChosen();
}

function drawChosen() {
  /** @type {GeoJSONSource | undefined} */ (board?.getSource(CHOSEN))?.setData(ring());
}

/** @returns {import("geojson").FeatureCollection} */
function ring() {
  const features = chosen ? [point(chosen.id, chosen.lon, chosen.lat, { look: lookOf(chosen.state, isLate(chosen, Date.now())) })] : [];
  return { type: "FeatureCollection", features };
}
