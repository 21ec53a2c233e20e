// The way of a candidate on the map while one looks at it: by the roads, or a dashed line where the
// roads are not known.

import { get, ifGiven } from "../../shared/api.js";
import { onChange, squads } from "../live/store.js";
import { showWay } from "../map/board.js";

/** @import {LineString} from "geojson" */
/** @import {Case, Way} from "./types.js" */

/** @type {Map<string, Promise<LineString | null>>} */
const known = new Map();
let wanted = "";
/** The way that is shown. @type {Way | null} */
let shown = null;
/** A squad that moved so far is on another way. */
const FAR_DEGREES = 0.003;

onChange("squads", (changed) => {
  const now = shown && changed.has(shown.squad) && squads.get(shown.squad);
  if (shown && now && Math.hypot(now.lon - shown.lon, now.lat - shown.lat) > FAR_DEGREES) hide();
});
document.addEventListener("stepped", hide);

/** Old ways mislead: whoever looks at the squad again sees the one from where it is. */
function hide() {
  [wanted, shown] = ["", null];
  showWay(null);
}

/** @param {HTMLElement} item @param {Case} one @param {Way} listed */
export function traceWay(item, one, listed) {
  const trace = async () => {
    const mine = `${one.id} ${listed.squad}`;
    if (wanted === mine) return;
    const { lon, lat } = squads.get(listed.squad) ?? listed;
    const way = { ...listed, lon, lat };
    [wanted, shown] = [mine, way];
    showWay(straight(one, way), true);
    const line = await wayOf(one, way);
    if (line && wanted === mine) showWay(line);
  };
  item.addEventListener("pointerenter", () => void trace());
  item.addEventListener("focusin", () => void trace());
}

/** @param {Case} one @param {Way} way */
function wayOf(one, { squad, lon, lat }) {
  const key = `${one.id} ${squad} ${lon} ${lat}`;
  const asked = known.get(key) ?? askWay(`/api/incidents/${one.id}/ways/${encodeURIComponent(squad)}`);
  known.set(key, asked);
  return asked;
}

/** @param {string} path @returns {Promise<LineString | null>} */
async function askWay(path) {
  /** @type {{line: LineString | null} | null} */
  const found = await ifGiven(get(path));
  return found && found.line;
}

/** @param {Case} one @param {Way} way @returns {LineString} */
function straight(one, way) {
  return { type: "LineString", coordinates: [[way.lon, way.lat], [one.lon, one.lat]] };
}
