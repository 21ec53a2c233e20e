// A small map of one's grids, drawn from what lies on the phone. The pin stays in the middle; the map
// is drawn under it, by a finger, the arrow keys or the buttons.

import { make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { gridAt, inside, rings } from "../phone/area.js";
import { position } from "../phone/position.js";

/** @import {Grid, Point} from "../phone/types.js" */

const SVG = "http://www.w3.org/2000/svg";
const METRES_A_DEGREE = 111_320;
const [WIDTH, HEIGHT] = [320, 300];
/** Metres for one unit of the drawing. */
const [NEAREST, PLAIN, FARTHEST] = [0.2, 1, 20];
const BELOW_PIN = 30;
const LENGTHS = [5, 10, 20, 50, 100, 200, 500, 1000, 2000];
const LONGEST_BAR = 100;
const STEP_PX = 8;

/** @param {Grid[]} grids @param {Point} start @param {(at: Point) => void} tell */
export function ground(grids, start, tell) {
  const east = METRES_A_DEGREE * Math.cos((start.lat * Math.PI) / 180);
  const flat = (/** @type {Point} */ { lon, lat }) => [(lon - start.lon) * east, (start.lat - lat) * METRES_A_DEGREE];
  const middle = { x: 0, y: 0, scale: fitting(gridAt(grids, start), flat) };
  const at = () => ({ lon: start.lon + middle.x / east, lat: start.lat - middle.y / METRES_A_DEGREE });

  const drawing = shape("svg", { "aria-hidden": "true" });
  for (const grid of grids) drawing.append(shape("path", { d: outline(grid, flat) }));
  if (position.fix) {
    const [x, y] = flat(position.fix);
    drawing.append(shape("circle", { class: "sure", cx: x, cy: y, r: position.fix.accuracy_m }), shape("circle", { class: "sensor", cx: x, cy: y, r: 0 }));
  }
  const labels = grids.map((grid) => {
    const [x, y] = flat(inside(grid));
    const label = shape("text", { x, y });
    label.textContent = grid.name;
    return label;
  });
  drawing.append(...labels);
  const bar = make("span", { class: "bar" });
  const show = () => {
    const [w, h] = [WIDTH * middle.scale, HEIGHT * middle.scale];
    drawing.setAttribute("viewBox", `${middle.x - w / 2} ${middle.y - h / 2} ${w} ${h}`);
    for (const label of labels) {
      label.setAttribute("font-size", String(14 * middle.scale));
      label.setAttribute("dy", String(BELOW_PIN * middle.scale));
    }
    drawing.querySelector(".sensor")?.setAttribute("r", String(5 * middle.scale));
    const metres = LENGTHS.filter((length) => length <= LONGEST_BAR * middle.scale).at(-1) ?? LENGTHS[0];
    bar.textContent = word("field.metres", { n: metres });
    bar.style.width = `${(100 * metres) / w}%`;
  };
  const move = (/** @type {number} */ right, /** @type {number} */ down) => {
    middle.x += right * middle.scale;
    middle.y += down * middle.scale;
    show();
    tell(at());
  };
  const zoom = (/** @type {number} */ by) => {
    middle.scale = Math.min(FARTHEST, Math.max(NEAREST, middle.scale * by));
    show();
  };
  const pin = make("span", { class: "pin", "aria-hidden": "true" });
  const element = make("div", { class: "ground", tabindex: 0, role: "application", "aria-label": word("field.map_label") }, drawing, pin, bar, ...buttons(zoom));
  steer(element, move, zoom);
  show();
  return { element, at };
}

/** So that the grid is seen in which one stands. @param {Grid | null} grid @param {(at: Point) => number[]} flat */
function fitting(grid, flat) {
  if (!grid) return PLAIN;
  const reach = rings(grid).flat().map(([lon, lat]) => flat({ lon, lat }).map(Math.abs));
  const [right, down] = [0, 1].map((side) => Math.max(...reach.map((far) => far[side])));
  return Math.min(FARTHEST, Math.max(PLAIN, (2.1 * right) / WIDTH, (2.1 * down) / HEIGHT));
}

/** @param {(by: number) => void} zoom */
function buttons(zoom) {
  return /** @type {[string, string, number][]} */ ([["+", "field.nearer", 0.6], ["−", "field.farther", 1 / 0.6]]).map(([sign, label, by], i) => {
    const button = make("button", { type: "button", class: `zoom zoom-${i}`, "aria-label": word(label) }, sign);
    button.addEventListener("click", () => zoom(by));
    return button;
  });
}

/** @param {HTMLElement} place @param {(right: number, down: number) => void} move @param {(by: number) => void} zoom */
function steer(place, move, zoom) {
  /** @type {{x: number, y: number} | null} */
  let held = null;
  // The drawing is as wide as the screen allows: its units are not the screen's.
  const unit = () => WIDTH / place.clientWidth;
  place.addEventListener("pointerdown", (event) => {
    if (event.target instanceof HTMLButtonElement) return;
    held = { x: event.clientX, y: event.clientY };
    place.setPointerCapture(event.pointerId);
  });
  place.addEventListener("pointermove", (event) => {
    if (!held) return;
    move((held.x - event.clientX) * unit(), (held.y - event.clientY) * unit());
    held = { x: event.clientX, y: event.clientY };
  });
  for (const end of ["pointerup", "pointercancel"]) place.addEventListener(end, () => { held = null; });
  place.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2);
  });
  const keys = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });
  place.addEventListener("keydown", (event) => {
    if (event.key === "+" || event.key === "-") return zoom(event.key === "+" ? 0.6 : 1 / 0.6);
    const step = keys[event.key];
    if (!step) return;
    event.preventDefault();
    move(step[0] * STEP_PX, step[1] * STEP_PX);
  });
}

/** @param {Grid} grid @param {(at: Point) => number[]} flat */
function outline(grid, flat) {
  const rounded = (/** @type {number[]} */ [lon, lat]) => flat({ lon, lat }).map((value) => value.toFixed(1)).join(" ");
  return rings(grid).map((ring) => `M${ring.map(rounded).join("L")}Z`).join("");
}

/** @param {string} name @param {Record<string, string | number>} attributes */
function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
