// The map opens where this person left it, if that still lies on the sheet.

/** @import {Wire} from "./types.js" */

/** @param {L.Map} map @param {Wire} wire */
export function rememberView(map, wire) {
  const [west, south, east, north] = wire.bounds;
  const whole = L.latLngBounds([south, west], [north, east]);
  const key = `gridpatrol.view.${wire.key}.${wire.bounds.map((side) => side.toFixed(3))}`;
  map.fitBounds(whole, { padding: [12, 12], animate: false });
  map.setMinZoom(Math.floor(map.getZoom()) - 1);
  map.setMaxBounds(whole.pad(1));
  const left = stored(key);
  if (left && whole.contains([left.lat, left.lng])) map.setView(left, left.zoom, { animate: false });
  map.on("moveend", () => store(key, { ...map.getCenter(), zoom: map.getZoom() }));
  return () => map.fitBounds(whole, { padding: [12, 12] });
}

/** A page opened from a file may have no storage: then there is nothing to remember. */
/** @param {string} key @returns {{lat: number, lng: number, zoom: number} | null} */
function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {object} value */
function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage refused: the map still works.
  }
}
