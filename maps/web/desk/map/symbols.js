// The map's symbols, drawn from the theme: a shape and a glyph for each state, never a colour alone.

/** @import {Map as MapLibre} from "maplibre-gl" */
/** @typedef {{states: Record<string, string>, glyphs: Record<string, string>, paths: Record<string, string>}} Drawn */
/** @typedef {"disc" | "diamond" | "plate"} Shape */
/** @typedef {{shape: Shape, colour: string, glyph: string, hollow?: boolean}} Symbol */

const SIZE = 26;
const SHARP = 2;
const BOX = 24;

/** @type {Drawn} */
const drawn = JSON.parse(document.getElementById("cases")?.dataset.drawn ?? "{}");

/** The states of a case as a person sees them, in the order of the loop. */
export const LOOKS = ["waiting", "on-the-way", "on-scene", "done"];
export const SQUADS = ["free", "busy", "stale", "off"];

/** @type {Record<string, Symbol>} */
export const SYMBOLS = {
  ...Object.fromEntries(LOOKS.map((look) => [`case-${look}`, { shape: "disc", colour: `state-${look}`, glyph: drawn.glyphs[look] }])),
  "case-overdue": { shape: "diamond", colour: "state-overdue", glyph: drawn.glyphs.overdue },
  "squad-free": { shape: "plate", colour: "squad-fresh", glyph: "squad" },
  "squad-busy": { shape: "plate", colour: "state-on-scene", glyph: "arrow" },
  "squad-stale": { shape: "plate", colour: "squad-stale", glyph: "squad", hollow: true },
  "squad-off": { shape: "plate", colour: "squad-off", glyph: "pause", hollow: true },
  "squad-many": { shape: "plate", colour: "counted", glyph: "" },
};

/** What a person sees of a case. @param {string} state @param {boolean} late */
export function lookOf(state, late) {
  return late ? "overdue" : drawn.states[state] ?? "waiting";
}

/** The colour of a token in the scheme of now. @param {string} token */
export function colour(token) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
}

/** @param {MapLibre} map */
export function addSymbols(map) {
  for (const [name, symbol] of Object.entries(SYMBOLS)) {
    const canvas = drawnSymbol(symbol);
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    if (map.hasImage(name)) map.removeImage(name);
    map.addImage(name, pen.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: SHARP });
  }
}

/** @param {Symbol} symbol */
export function drawnSymbol({ shape, colour: token, glyph, hollow }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * SHARP;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  pen.scale(SHARP, SHARP);
  pen.lineCap = pen.lineJoin = "round";
  const [own, ground] = [colour(token), colour("surface")];
  outline(pen, shape);
  pen.fillStyle = hollow ? ground : own;
  pen.strokeStyle = hollow ? own : ground;
  pen.lineWidth = 2;
  pen.fill();
  pen.stroke();
  if (glyph) stroke(pen, drawn.paths[glyph], hollow ? own : ground);
  return canvas;
}

/** @param {CanvasRenderingContext2D} pen @param {Shape} shape */
function outline(pen, shape) {
  const [middle, reach] = [SIZE / 2, SIZE / 2 - 1.5];
  pen.beginPath();
  if (shape === "disc") pen.arc(middle, middle, reach - 1, 0, 2 * Math.PI);
  else if (shape === "plate") pen.roundRect(middle - reach + 1, middle - reach + 1, 2 * reach - 2, 2 * reach - 2, 6);
  else {
    pen.moveTo(middle, middle - reach);
    for (const [x, y] of [[reach, 0], [0, reach], [-reach, 0]]) pen.lineTo(middle + x, middle + y);
    pen.closePath();
  }
}

/** @param {CanvasRenderingContext2D} pen @param {string} path @param {string} ink */
function stroke(pen, path, ink) {
  const part = 0.72;
  pen.translate(SIZE / 2 - (BOX * part) / 2, SIZE / 2 - (BOX * part) / 2);
  pen.scale(part, part);
  pen.strokeStyle = ink;
  pen.lineWidth = 2.6;
  pen.stroke(new Path2D(path));
}
