// The way of a squad to a case, and a place that was searched for.

import { colour } from "./symbols.js";

/** @import {GeoJSONSource, Map as MapLibre} from "maplibre-gl" */
/** @import {Feature, LineString} from "geojson" */
/** @typedef {{lon: number, lat: number}} Place */

const WAY = "way";
const FOUND = "found";
const MARGIN = 60;
/** @type {Feature[]} */
let way = [];
/** @type {Feature[]} */
let found = [];

/** @param {MapLibre} map */
export function dressWay(map) {
  map.addSource(WAY, source(way));
  map.addSource(FOUND, source(found));
  map.addLayer({
    id: `${WAY}-rim`, source: WAY, type: "line", layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour("surface"), "line-width": 8 },
  });
  map.addLayer({
    id: WAY, source: WAY, type: "line", layout: { "line-cap": "butt", "line-join": "round" },
    paint: { "line-color": colour("accent"), "line-width": 4, "line-dasharray": ["case", ["get", "guessed"], ["literal", [2, 1.5]], ["literal", [1, 0]]] },
  });
  map.addLayer({
    id: FOUND, source: FOUND, type: "circle",
    paint: { "circle-radius": 14, "circle-opacity": 0, "circle-stroke-width": 3, "circle-stroke-color": colour("finding") },
  });
}

/** A straight line that knows no roads is dashed. @param {MapLibre} map @param {LineString | null} line @param {boolean} [guessed] */
export function drawWay(map, line, guessed = false) {
  way = line ? [{ type: "Feature", geometry: line, properties: { guessed } }] : [];
  put(map, WAY, way);
  if (line) takeIn(map, line);
}

/** Step back until both ends of the way are seen. @param {MapLibre} map @param {LineString} line */
function takeIn(map, { coordinates }) {
  const seen = map.getBounds();
  if (coordinates.every(([lon, lat]) => seen.contains([lon, lat]))) return;
  const [lons, lats] = [0, 1].map((axis) => coordinates.map((place) => place[axis]));
  map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: MARGIN, maxZoom: map.getZoom() });
}

/** @param {MapLibre} map @param {Place | null} place */
export function ringFound(map, place) {
  found = place ? [{ type: "Feature", geometry: { type: "Point", coordinates: [place.lon, place.lat] }, properties: {} }] : [];
  put(map, FOUND, found);
}

/** @param {MapLibre} map @param {string} name @param {Feature[]} features */
function put(map, name, features) {
  /** @type {GeoJSONSource | undefined} */ (map.getSource(name))?.setData({ type: "FeatureCollection", features });
}

/** @param {Feature[]} features @returns {import("maplibre-gl").GeoJSONSourceSpecification} */
function source(features) {
  return { type: "geojson", data: { type: "FeatureCollection", features } };
}
