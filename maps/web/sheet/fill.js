// Polygons, their borders, and lines.

import { seen } from "sheet/surface";

/** @import {Colours, FillLayer, LineLayer, Paths, View} from "./types.js" */

/** @type {Record<string, {width: number, colour: string, from: number}>} */
export const OUTLINES = {
  grid: { width: 0.75, colour: "grid-line", from: 11 },
  township: { width: 2, colour: "township-line", from: 0 },
  water: { width: 0.8, colour: "water-ink", from: 0 },
  finding: { width: 1.5, colour: "finding", from: 0 },
};
const DATA_ALPHA = 0.82;

/** @param {CanvasRenderingContext2D} pen @param {FillLayer} layer @param {View} view @param {Colours} colours */
export function drawFill(pen, layer, view, colours) {
  const paints = layer.looks.map((look) => colours(look.colour));
  const rulings = layer.looks.map((look) => ruling(pen, look.pattern, colours));
  const seams = layer.outline === null || view.zoom < OUTLINES[layer.outline].from;
  pen.globalAlpha = layer.key === "water" ? 1 : DATA_ALPHA;
  pen.lineWidth = 0.6;
  for (let shape = 0; shape < layer.classes.length; shape++) {
    const at = layer.classes[shape];
    if (at < 0 || !seen(layer.boxes, shape, view)) continue;
    pen.beginPath();
    for (let ring = layer.ringStarts[shape]; ring < layer.ringStarts[shape + 1]; ring++) {
      trace(pen, layer.rings, ring, view);
      pen.closePath();
    }
    pen.fillStyle = pen.strokeStyle = rulings[at] && layer.looks[at].pattern === "diagonal" ? colours("land") : paints[at];
    pen.fill("evenodd");
    if (seams) pen.stroke();
    if (rulings[at]) {
      pen.fillStyle = rulings[at];
      pen.fill("evenodd");
    }
  }
  pen.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} pen @param {FillLayer} layer @param {View} view @param {Colours} colours */
export function drawOutline(pen, layer, view, colours) {
  if (layer.outline === null) return;
  const { width, colour, from } = OUTLINES[layer.outline];
  if (view.zoom < from) return;
  pen.strokeStyle = colours(colour);
  pen.lineWidth = width;
  pen.lineJoin = "round";
  strokeRuns(pen, layer.edges, view, () => true);
}

/** @param {CanvasRenderingContext2D} pen @param {LineLayer} layer @param {View} view @param {Colours} colours */
export function drawLines(pen, layer, view, colours) {
  const thin = [0.4, 0.6, 0.6, 1, 1, 1.7][Math.min(Math.max(Math.floor(view.zoom) - 10, 0), 5)];
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = colours(layer.looks[0].colour);
  layer.widths.forEach((width, at) => {
    if (width * thin < 0.55) return;
    pen.lineWidth = width * thin;
    strokeRuns(pen, layer.paths, view, (run) => layer.classes[run] === at);
  });
}

/** @param {CanvasRenderingContext2D} pen @param {Paths} runs @param {View} view @param {(run: number) => boolean} wanted */
function strokeRuns(pen, runs, view, wanted) {
  pen.beginPath();
  for (let run = 0; run + 1 < runs.starts.length; run++) {
    if (wanted(run) && seen(runs.boxes, run, view)) trace(pen, runs, run, view);
  }
  pen.stroke();
}

/** Vertices less than a pixel from the last one drawn are left out, the run's ends never. */
/** @param {CanvasRenderingContext2D} pen @param {Paths} runs @param {number} run @param {View} view */
function trace(pen, { xy, starts }, run, { scale, left, top }) {
  const end = starts[run + 1] - 1;
  let at = starts[run];
  let x = xy[at * 2] * scale - left;
  let y = xy[at * 2 + 1] * scale - top;
  pen.moveTo(x, y);
  for (at++; at <= end; at++) {
    const nextX = xy[at * 2] * scale - left;
    const nextY = xy[at * 2 + 1] * scale - top;
    if (at < end && Math.abs(nextX - x) + Math.abs(nextY - y) < 1) continue;
    pen.lineTo((x = nextX), (y = nextY));
  }
}

/** A hatch: diagonal for "no data", level for cold. */
/** @param {CanvasRenderingContext2D} pen @param {string} pattern @param {Colours} colours */
function ruling(pen, pattern, colours) {
  if (!pattern) return null;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const brush = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  const diagonal = pattern === "diagonal";
  brush.strokeStyle = diagonal ? colours("no-data") : colours("surface");
  brush.lineWidth = diagonal ? 1.4 : 1;
  brush.stroke(new Path2D(diagonal ? "M-2 2L2 -2M-2 10L10 -2M6 10L10 6" : "M0 2L8 2M0 6L8 6"));
  return pen.createPattern(tile, "repeat");
}
