// Text on the map: each piece gets its room or is left out; no name stands twice in a view.

import { OUTLINES } from "sheet/fill";
import { radius } from "sheet/marks";
import { seen } from "sheet/surface";

/** @import {Colours, FillLayer, LabelLayer, MarkLayer, View} from "./types.js" */

/** Pixels by which a name may stand below its point. */
const TRIES = [0, -20, 20];

/** Boxes already taken. */
export class Room {
  constructor() {
    /** @type {number[][]} */
    this.taken = [];
    this.said = new Set();
  }

  /** Keeps text off the marks. @param {MarkLayer} layer @param {View} view */
  keepClear(layer, view) {
    for (const spot of layer.spots) {
      const [x, y, r] = [spot.x * view.scale - view.left, spot.y * view.scale - view.top, radius(spot)];
      if (x > 0 && y > 0 && x < view.width && y < view.height) this.taken.push([x - r, y - r, x + r, y + r]);
    }
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  take(x, y, width, height) {
    const box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
    const clash = this.taken.some(
      (other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1],
    );
    if (!clash) this.taken.push(box);
    return !clash;
  }
}

/**
 * @param {CanvasRenderingContext2D} pen @param {LabelLayer} layer @param {View} view
 * @param {Colours} colours @param {Room} room
 */
export function drawLabels(pen, layer, view, colours, room) {
  if (view.zoom < layer.minZoom) return;
  const size = layer.rank ? 12 : 14;
  pen.font = `${layer.rank ? 400 : 600} ${size}px ${colours("fonts")}`;
  layer.texts.forEach((text, at) => {
    const [x, y] = [layer.xy[at * 2] * view.scale - view.left, layer.xy[at * 2 + 1] * view.scale - view.top];
    if (x < 0 || y < 0 || x > view.width || y > view.height || room.said.has(text)) return;
    const width = pen.measureText(text).width + 8;
    const down = TRIES.find((each) => room.take(x, y + each, width, size + 6));
    if (down === undefined) return;
    room.said.add(text);
    write(pen, text, x, y + down, layer.rank ? colours("quiet") : colours("ink"), colours("surface"));
  });
}

/**
 * The number of each polygon, where the polygon has room for it.
 * @param {CanvasRenderingContext2D} pen @param {FillLayer} layer @param {View} view
 * @param {Colours} colours @param {Room} room
 */
export function drawNumbers(pen, layer, view, colours, room) {
  if (!layer.centres || (layer.outline && view.zoom < OUTLINES[layer.outline].from)) return;
  pen.font = `500 12px ${colours("fonts")}`;
  for (let shape = 0; shape < layer.classes.length; shape++) {
    const [west, north, east, south] = layer.boxes.subarray(shape * 4, shape * 4 + 4);
    const text = layer.numbers(shape);
    const fits = (east - west) * view.scale > 12 + 8 * text.length && (south - north) * view.scale > 22;
    if (!fits || !text || !seen(layer.boxes, shape, view)) continue;
    const x = layer.centres[shape * 2] * view.scale - view.left;
    const y = layer.centres[shape * 2 + 1] * view.scale - view.top;
    if (room.take(x, y, 8 * text.length, 12)) write(pen, text, x, y, colours("ink"), colours("surface"));
  }
}

/**
 * Names beside marks that stand alone.
 * @param {CanvasRenderingContext2D} pen @param {MarkLayer} layer @param {View} view
 * @param {Colours} colours @param {Room} room
 */
export function drawMarkNames(pen, layer, view, colours, room) {
  if (!layer.texts) return;
  pen.font = `500 12px ${colours("fonts")}`;
  for (const spot of layer.spots) {
    if (spot.members.length > 1) continue;
    const text = layer.texts(spot.members[0]);
    const [x, y] = [spot.x * view.scale - view.left, spot.y * view.scale - view.top + 19];
    if (room.take(x, y, pen.measureText(text).width + 6, 16)) {
      write(pen, text, x, y, colours("ink"), colours("surface"));
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} pen @param {string} text @param {number} x @param {number} y
 * @param {string} ink @param {string} halo
 */
function write(pen, text, x, y, ink, halo) {
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 3;
  pen.strokeStyle = halo;
  pen.strokeText(text, x, y);
  pen.fillStyle = ink;
  pen.fillText(text, x, y);
}
