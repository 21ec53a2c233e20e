// Grids as shapes: which one a place lies in, and a place that surely lies in one.

/** @import {Grid, Point} from "./types.js" */

const METRES_A_DEGREE = 111_320;

/** Rings of all parts. @param {Grid} grid @returns {number[][][]} */
export function rings({ shape }) {
  return shape.type === "Polygon" ? shape.coordinates : shape.coordinates.flat();
}

/** @param {Grid[]} grids @param {Point} at */
export function gridAt(grids, at) {
  return grids.find((grid) => crossings(grid, at.lat).filter((lon) => lon < at.lon).length % 2 === 1) ?? null;
}

/** In the middle of the widest stretch at half its height. @param {Grid} grid @returns {Point} */
export function inside(grid) {
  const lats = rings(grid).flat().map(([, lat]) => lat);
  const lat = (Math.min(...lats) + Math.max(...lats)) / 2;
  const lons = crossings(grid, lat);
  let widest = 0;
  for (let i = 0; i + 1 < lons.length; i += 2) if (lons[i + 1] - lons[i] > lons[widest + 1] - lons[widest]) widest = i;
  return { lon: (lons[widest] + lons[widest + 1]) / 2, lat };
}

/** @param {Point} a @param {Point} b */
export function metres(a, b) {
  const east = (a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(east, a.lat - b.lat) * METRES_A_DEGREE;
}

/** Where a line of latitude crosses the border, from west to east. @param {Grid} grid @param {number} lat */
function crossings(grid, lat) {
  /** @type {number[]} */
  const found = [];
  for (const ring of rings(grid)) {
    for (let i = 0; i + 1 < ring.length; i += 1) {
      const [[x1, y1], [x2, y2]] = [ring[i], ring[i + 1]];
      if (y1 > lat !== y2 > lat) found.push(x1 + ((lat - y1) / (y2 - y1)) * (x2 - x1));
    }
  }
  return found.sort((a, b) => a - b);
}
