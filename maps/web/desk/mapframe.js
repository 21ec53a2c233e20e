// The frequency map beside the table: the same page that /maps serves, in step with the table.

import { byId } from "../shared/dom.js";
import { word } from "../shared/words.js";

/** @import {Plan} from "./types.js" */
/**
 * @typedef {{setView: (place: [number, number], zoom: number) => void, getZoom: () => number,
 *   on: (kind: string, hear: (event: {latlng: {lng: number, lat: number}}) => void) => void}} LeafletMap
 * @typedef {{addTo: (map: LeafletMap) => Ring, setLatLng: (place: [number, number]) => Ring}} Ring
 * @typedef {Window & {map_sheet?: LeafletMap, L?: {circleMarker: (place: [number, number], look: object) => Ring}}} Inner
 */

const NEAR_ZOOM = 14;
const frame = /** @type {HTMLIFrameElement} */ (byId("map"));
/** @type {(lon: number, lat: number) => void} */
let hear = () => undefined;
/** @type {Ring | null} */
let ring = null;

frame.addEventListener("load", () => {
  ring = null;
  inner().map_sheet?.on("click", ({ latlng }) => hear(latlng.lng, latlng.lat));
});

/** @param {(lon: number, lat: number) => void} listener Told of each click on the map. */
export function onPlace(listener) {
  hear = listener;
}

/** The plan's map; before there is a plan, what it will be made from. @param {Plan | null} plan @param {string} [township] */
export function showMap(plan, township = "") {
  const name = plan ? "frequency" : "incidents";
  const query = new URLSearchParams({ lang: document.documentElement.lang });
  if (plan) query.set("plan", String(plan.id));
  if (township) query.set("township", township);
  const address = `/maps/${name}.html?${query}`;
  frame.hidden = false;
  frame.title = word(`map.${name}`);
  if (frame.getAttribute("src") !== address) frame.src = address;
}

/** @param {number} lon @param {number} lat */
export function showOnMap(lon, lat) {
  const { map_sheet: map, L } = inner();
  if (!map || !L) return;
  map.setView([lat, lon], Math.max(map.getZoom(), NEAR_ZOOM));
  const look = { radius: 16, color: "#E58A22", weight: 3, fill: false, interactive: false };
  ring = ring ? ring.setLatLng([lat, lon]) : L.circleMarker([lat, lon], look).addTo(map);
}

/** @returns {Inner} */
function inner() {
  return /** @type {Inner} */ (/** @type {unknown} */ (frame.contentWindow));
}
