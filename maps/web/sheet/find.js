// What lies at a pixel: marks first, then the topmost polygons.

import { radius } from "sheet/marks";

/** @import {FillLayer, Found, Layer, MarkLayer, View} from "./types.js" */

/** @param {Layer[]} layers @param {View} view @param {number} x @param {number} y in world units @returns {Found | null} */
export function found(layers, view, x, y) {
  for (const layer of layers.toReversed()) {
    if (!layer.shown || !layer.columns.length) continue;
    const hit = layer.kind === "marks" ? spotAt(layer, view, x, y) : layer.kind === "fill" ? shapeAt(layer, x, y) : null;
    if (hit) return hit;
  }
  return null;
}

/** @param {MarkLayer} layer @param {View} view @param {number} x @param {number} y */
function spotAt(layer, view, x, y) {
  const near = layer.spots
    .map((spot) => ({ spot, away: Math.hypot(spot.x - x, spot.y - y) * view.scale }))
    .filter(({ spot, away }) => away <= radius(spot) + 5)
    .sort((one, other) => one.away - other.away)
    .map(({ spot }) => spot);
  if (!near.length) return null;
  return { layer, members: near.flatMap((spot) => spot.members), x: near[0].x, y: near[0].y };
}

/** @param {FillLayer} layer @param {number} x @param {number} y */
function shapeAt(layer, x, y) {
  const members = [];
  for (let shape = 0; shape < layer.classes.length; shape++) {
    if (inBox(layer.boxes, shape, x, y) && inShape(layer, shape, x, y)) members.push(shape);
  }
  return members.length ? { layer, members, x, y } : null;
}

/** @param {Float64Array} boxes @param {number} at @param {number} x @param {number} y */
function inBox(boxes, at, x, y) {
  return x >= boxes[at * 4] && y >= boxes[at * 4 + 1] && x <= boxes[at * 4 + 2] && y <= boxes[at * 4 + 3];
}

/** Crossings of a ray to the east are odd inside. @param {FillLayer} layer @param {number} shape @param {number} x @param {number} y */
function inShape({ rings, ringStarts }, shape, x, y) {
  let inside = false;
  for (let ring = ringStarts[shape]; ring < ringStarts[shape + 1]; ring++) {
    const [from, to] = [rings.starts[ring], rings.starts[ring + 1]];
    for (let at = from, last = to - 1; at < to; last = at++) {
      const [x1, y1] = [rings.xy[at * 2], rings.xy[at * 2 + 1]];
      const [x2, y2] = [rings.xy[last * 2], rings.xy[last * 2 + 1]];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  }
  return inside;
}
