// Puts a sheet on the page: canvas, legend switches, popups, table, keys.

import { layers as decoded, world } from "sheet/decode";
import { drawFill, drawLines, drawOutline } from "sheet/fill";
import { found } from "sheet/find";
import { drawLabels, drawMarkNames, drawNumbers, Room } from "sheet/labels";
import { drawMarks, grouped } from "sheet/marks";
import { note, popup } from "sheet/popup";
import { Surface } from "sheet/surface";
import { fillTable } from "sheet/table";
import { rememberView } from "sheet/view";

/** @import {Found, Layer, MarkLayer, View, Wire} from "./types.js" */

const map = window.map_sheet;
const wire = /** @type {Wire} */ (JSON.parse(byId("sheet-data").textContent ?? ""));
const layers = decoded(wire);
const marks = /** @type {MarkLayer[]} */ (layers.filter((layer) => layer.kind === "marks"));
let groupedAt = NaN;

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** @param {CanvasRenderingContext2D} pen @param {View} view */
function draw(pen, view) {
  const style = getComputedStyle(document.documentElement);
  const known = new Map();
  const colours = (/** @type {string} */ token) => {
    if (!known.has(token)) known.set(token, style.getPropertyValue(`--${token}`).trim());
    return known.get(token);
  };
  if (groupedAt !== view.zoom) for (const layer of marks) layer.spots = grouped(layer, view.zoom);
  groupedAt = view.zoom;
  const room = new Room();
  const shown = layers.filter((layer) => layer.shown);
  const top = marks.filter((layer) => layer.shown);
  for (const layer of shown) if (layer.kind === "fill") drawFill(pen, layer, view, colours);
  for (const layer of shown) {
    if (layer.kind === "fill") drawOutline(pen, layer, view, colours);
    if (layer.kind === "lines") drawLines(pen, layer, view, colours);
  }
  for (const layer of top) room.keepClear(layer, view);
  for (const layer of top) drawMarkNames(pen, layer, view, colours, room);
  const names = shown.filter((layer) => layer.kind === "labels");
  for (const layer of names) if (!layer.rank) drawLabels(pen, layer, view, colours, room);
  for (const layer of shown) if (layer.kind === "fill") drawNumbers(pen, layer, view, colours, room);
  for (const layer of names) if (layer.rank) drawLabels(pen, layer, view, colours, room);
  for (const layer of top) drawMarks(pen, layer, view, colours, wire.symbols);
}

/** @param {L.LatLng} place @returns {Found | null} */
function at(place) {
  const [x, y] = world(place.lng, place.lat);
  return found(layers, surface.view(), x, y);
}

/** @param {Found} hit @param {L.LatLng} place */
function hold(hit, place) {
  hover.remove();
  map.openPopup(popup(hit, wire.words), place, { maxWidth: 320, minWidth: 200, maxHeight: 320 });
}

/** World units back to a place. @param {number} x @param {number} y */
function placeOf(x, y) {
  return map.unproject(L.point(x, y).multiplyBy(256), 0);
}

/** @param {Layer} layer @param {number} member */
function choose(layer, member) {
  const xy = layer.kind === "marks" ? layer.xy.subarray(member * 2, member * 2 + 2) : middle(layer, member);
  const place = placeOf(xy[0], xy[1]);
  map.setView(place, Math.max(map.getZoom(), 15));
  hold({ layer, members: [member], x: xy[0], y: xy[1] }, place);
}

/** @param {Layer} layer @param {number} member */
function middle(layer, member) {
  if (layer.kind !== "fill") throw new Error(`${layer.key} has no shapes`);
  const [west, north, east, south] = layer.boxes.subarray(member * 4, member * 4 + 4);
  return [(west + east) / 2, (north + south) / 2];
}

function redraw() {
  surface._update();
  if (!table.hidden) listInView();
}

function listInView() {
  fillTable(byId("table-rows"), layers, surface.view(), wire.words, choose);
}

function toggleTable() {
  table.hidden = !table.hidden;
  byId("table-button").setAttribute("aria-expanded", String(!table.hidden));
  map.invalidateSize({ animate: false });
  if (!table.hidden) listInView();
}

L.control.zoom({ zoomInTitle: wire.words.zoom_in, zoomOutTitle: wire.words.zoom_out }).addTo(map);
L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
const table = byId("table");
const legend = /** @type {HTMLDetailsElement} */ (byId("legend"));
legend.open = matchMedia("(min-width: 701px)").matches;
map.invalidateSize({ animate: false });
const showWhole = rememberView(map, wire);
const surface = new Surface(draw).addTo(map);
const hover = L.tooltip({ direction: "top", offset: [0, -10], opacity: 1 });

map.on("click", (event) => {
  const hit = at(event.latlng);
  if (hit) hold(hit, hit.layer.kind === "marks" ? placeOf(hit.x, hit.y) : event.latlng);
});
map.on("mousemove", (event) => {
  const hit = at(event.latlng);
  map.getContainer().classList.toggle("pointing", Boolean(hit));
  if (!hit) return void hover.remove();
  hover.setLatLng(event.latlng).setContent(note(hit, wire.words)).addTo(map);
});
map.on("mouseout", () => hover.remove());
map.on("moveend", () => !table.hidden && listInView());
map.getContainer().setAttribute("role", "region");
map.getContainer().setAttribute("aria-label", wire.words.map_help);
map.getContainer().addEventListener("keydown", (event) => {
  const hit = event.key === "Enter" && at(map.getCenter());
  if (hit) hold(hit, map.getCenter());
});
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
  if (event.key.toLowerCase() === "t" && !typing && !event.ctrlKey && !event.metaKey) toggleTable();
});
byId("table-button").addEventListener("click", toggleTable);
byId("table-close").addEventListener("click", toggleTable);
byId("whole-button").addEventListener("click", showWhole);
legend.addEventListener("toggle", () => map.invalidateSize({ animate: false }));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (legend.querySelectorAll("input[data-layer]"))) {
  box.addEventListener("change", () => {
    for (const layer of layers) if (layer.key === box.dataset.layer) layer.shown = box.checked;
    redraw();
  });
}
requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.idle = "yes")));
