// The legend below the map, always there, with the units; and which layers are shown, remembered for
// each person. The colours of what is drawn from tiles are read from the style itself.

import { byId, fill, make } from "../../shared/dom.js";
import { may } from "../../shared/may.js";
import { word } from "../../shared/words.js";
import { keyOf } from "../cases/draft.js";
import { REACH, reachLegend } from "./reach.js";
import { SQUAD_CROWDS, SQUAD_NAMES, SQUADS } from "./squads.js";
import { drawnSymbol, LOOKS, SQUADS as SQUAD_LOOKS, SYMBOLS } from "./symbols.js";

/** @import {Map as MapLibre} from "maplibre-gl" */
/** @typedef {{name: string, ids: string[], off?: boolean, of?: Parameters<typeof may>[0][], rows?: (paint: Record<string, any>) => [string, string][], told?: (map: MapLibre) => HTMLElement}} Layer */

const KEPT = keyOf("layers");
/** @type {Layer[]} */
const LAYERS = [
  { name: "grids", ids: ["grid-lines", "grid-names", "grid-areas"] },
  { name: "roads", ids: ["roads", "road-names"] },
  { name: "places", ids: ["place-names"] },
  { name: "hotspots", ids: ["hotspots"], off: true, rows: (paint) => hot(paint["fill-color"]) },
  { name: "frequency", ids: ["frequency"], off: true, rows: (paint) => steps(paint["fill-color"]) },
  { name: "reach", ids: [REACH], off: true, of: ["dispatch", "lead", "plan"], told: reachLegend },
  { name: "squads", ids: [SQUADS, SQUAD_CROWDS, SQUAD_NAMES] },
];

/** @param {MapLibre} map */
export function dressLegend(map) {
  const there = LAYERS.filter(({ ids, of }) => map.getLayer(ids[0]) && (of?.some((verb) => may(verb)) ?? true));
  const draw = () => {
    const shown = there.filter(isShown);
    for (const layer of there) for (const id of layer.ids) map.setLayoutProperty(id, "visibility", shown.includes(layer) ? "visible" : "none");
    fill(byId("legend"), cases(), shown.some(({ name }) => name === "squads") && squads(), ...shown.map((layer) => classes(map, layer)), source(map));
  };
  fill(byId("layers"), ...there.map((layer) => box(layer, draw)));
  draw();
}

/** @returns {Record<string, boolean>} */
function kept() {
  return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
}

/** @param {Layer} layer */
function isShown({ name, off }) {
  return kept()[name] ?? !off;
}

/** @param {Layer} layer @param {() => void} draw */
function box(layer, draw) {
  const tick = make("input", { type: "checkbox", checked: isShown(layer) });
  tick.addEventListener("change", () => {
    localStorage.setItem(KEPT, JSON.stringify({ ...kept(), [layer.name]: tick.checked }));
    draw();
  });
  return make("label", { class: "check" }, tick, word(`map.layer.${layer.name}`));
}

function cases() {
  const looks = [...LOOKS, "overdue"].map((look) => make("li", {}, drawnSymbol(SYMBOLS[`case-${look}`]), word(`map.look.${look}`)));
  return make("ul", { "aria-label": word("map.cases") }, ...looks, make("li", {}, make("span", { class: "crowd" }, "12"), word("map.counted")));
}

function squads() {
  const looks = SQUAD_LOOKS.map((look) => make("li", {}, drawnSymbol(SYMBOLS[`squad-${look}`]), word(`map.squad.${look}`)));
  return make("ul", { "aria-label": word("map.layer.squads") }, ...looks);
}

/** From whom the ground is. @param {MapLibre} map */
function source(map) {
  const told = Object.values(map.getStyle().sources).map((each) => ("attribution" in each ? each.attribution : "")).filter(Boolean);
  return told.length > 0 && make("p", { class: "quiet source" }, word("print.source", { source: [...new Set(told)].join(" · ") }));
}

/** @param {MapLibre} map @param {Layer} layer */
function classes(map, { name, ids, rows, told }) {
  if (told) return told(map);
  if (!rows) return null;
  const { paint } = /** @type {{paint: Record<string, any>}} */ (map.getStyle().layers.find(({ id }) => id === ids[0]));
  return make("ul", {}, make("li", { class: "quiet" }, word(`map.unit.${name}`)), ...rows(paint).map(([paint, text]) => make("li", {}, patch(paint), text)));
}

/** @param {string} paint */
function patch(paint) {
  const made = make("span", { class: "patch" });
  made.style.background = paint;
  return made;
}

/** From ["step", what, first, 1, second, 2, third, ...]. @param {any[]} step @returns {[string, string][]} */
function steps(step) {
  const limits = step.filter((_, i) => i > 2 && i % 2 === 1);
  const colours = step.filter((_, i) => i > 1 && i % 2 === 0);
  return colours.map((paint, i) => [paint, span(limits[i - 1] ?? 0, limits[i])]);
}

/** @param {number} from @param {number | undefined} before */
function span(from, before) {
  if (before === undefined) return `≥ ${from}`;
  return before - from > 1 ? `${from}–${before - 1}` : String(from);
}

/** From ["match", what, -3, coldest, ..., others], the hottest first. @param {any[]} match @returns {[string, string][]} */
function hot(match) {
  const found = match.slice(2, -1).filter((_, i) => i % 2 === 0).map((value, i) => /** @type {[number, string]} */ ([value, match[3 + 2 * i]]));
  return found.sort(([one], [two]) => two - one).map(([value, paint]) => [paint, word(`hot.${value > 0 ? "hot" : "cold"}-${Math.abs(value)}`)]);
}
