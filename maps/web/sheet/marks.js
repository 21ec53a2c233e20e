// Points: a symbol where one stands alone, a counted circle where they would overlap.

/** @import {Colours, Look, MarkLayer, Spot, View} from "./types.js" */

const APART = 34;
const RADIUS = 9;

/**
 * Points in groups: each joins the first group begun within APART pixels of it, or begins its own.
 * A group stands where it was begun, so no two circles overlap; the counts add up to all points.
 * @param {MarkLayer} layer @param {number} zoom @returns {Spot[]}
 */
export function grouped({ xy, counted }, zoom) {
  const reach = counted ? APART / (256 * 2 ** zoom) : 0;
  /** @type {Spot[]} */
  const spots = [];
  /** @type {Map<number, Spot[]>} */
  const buckets = new Map();
  for (let at = 0; at * 2 < xy.length; at++) {
    const [x, y] = [xy[at * 2], xy[at * 2 + 1]];
    const near = reach ? nearest(buckets, x, y, reach) : null;
    if (near) {
      near.members.push(at);
      continue;
    }
    const spot = { x, y, members: [at] };
    spots.push(spot);
    if (reach) put(buckets, spot, reach);
  }
  return spots;
}

/** @param {number} column @param {number} row */
const bucketOf = (column, row) => row * 2 ** 26 + column;

/** @param {Map<number, Spot[]>} buckets @param {Spot} spot @param {number} reach */
function put(buckets, spot, reach) {
  const key = bucketOf(Math.floor(spot.x / reach), Math.floor(spot.y / reach));
  const bucket = buckets.get(key);
  if (bucket) bucket.push(spot);
  else buckets.set(key, [spot]);
}

/** @param {Map<number, Spot[]>} buckets @param {number} x @param {number} y @param {number} reach */
function nearest(buckets, x, y, reach) {
  const [column, row] = [Math.floor(x / reach), Math.floor(y / reach)];
  let best = null;
  let least = reach * reach;
  for (let side = 0; side < 9; side++) {
    const key = bucketOf(column - 1 + (side % 3), row - 1 + Math.floor(side / 3));
    for (const spot of buckets.get(key) ?? []) {
      const distance = (spot.x - x) ** 2 + (spot.y - y) ** 2;
      if (distance < least) [best, least] = [spot, distance];
    }
  }
  return best;
}

/** @param {Spot} spot */
export function radius({ members }) {
  return members.length === 1 ? RADIUS : Math.min(8 + 0.95 * Math.log2(members.length), APART / 2);
}

/**
 * @param {CanvasRenderingContext2D} pen @param {MarkLayer} layer @param {View} view
 * @param {Colours} colours @param {Record<string, string>} symbols
 */
export function drawMarks(pen, layer, view, colours, symbols) {
  for (const spot of layer.spots) {
    const [x, y] = [spot.x * view.scale - view.left, spot.y * view.scale - view.top];
    if (x < -40 || y < -40 || x > view.width + 40 || y > view.height + 40) continue;
    if (spot.members.length === 1) {
      drawSymbol(pen, x, y, layer.looks[layer.classes[spot.members[0]]], colours, symbols);
    } else {
      const rim = spot.members.some((member) => layer.classes[member] === layer.alarm);
      drawCount(pen, x, y, spot, colours, rim ? layer.looks[Number(layer.alarm)].colour : "surface");
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {Look} look
 * @param {Colours} colours @param {Record<string, string>} symbols
 */
function drawSymbol(pen, x, y, look, colours, symbols) {
  disc(pen, x, y, RADIUS, colours(look.colour), colours("surface"));
  pen.save();
  pen.translate(x - 8.4, y - 8.4);
  pen.scale(0.7, 0.7);
  pen.lineWidth = 2.6;
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = colours("surface");
  pen.stroke(new Path2D(symbols[look.symbol]));
  pen.restore();
}

/**
 * @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {Spot} spot
 * @param {Colours} colours @param {string} rim
 */
function drawCount(pen, x, y, spot, colours, rim) {
  const size = radius(spot);
  disc(pen, x, y, size, colours("counted"), colours(rim));
  pen.fillStyle = colours("surface");
  pen.font = `600 11px ${colours("fonts")}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(String(spot.members.length), x, y + 0.5);
}

/**
 * @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} size
 * @param {string} fill @param {string} rim
 */
function disc(pen, x, y, size, fill, rim) {
  pen.beginPath();
  pen.arc(x, y, size, 0, 2 * Math.PI);
  pen.fillStyle = fill;
  pen.strokeStyle = rim;
  pen.lineWidth = 1.6;
  pen.fill();
  pen.stroke();
}
