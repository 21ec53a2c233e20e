// Where nobody on duty comes within 30 minutes: hatched over the grids, asked for when it is shown, and
// anew as squads come on duty and go off.

import { get, NotGiven } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { instant, moment } from "../../shared/formats.js";
import { word, wordOr } from "../../shared/words.js";
import { onChange, squads } from "../live/store.js";
import { colour } from "./symbols.js";

/** @import {Map as MapLibre} from "maplibre-gl" */
/** @typedef {{at: string, method: string, grids: number, late: number, squads: number, items: {code: string}[], next: string | null}} Reach */

export const REACH = "reach";
const HATCH = "hatch";
const STEP = 8;
const PAGE = 1000;
const GROUND = "ground";
const UNDER = "grid-lines";

/** @param {MapLibre} map */
export function dressReach(map) {
  if (!map.getLayer(UNDER)) return;
  if (map.hasImage(HATCH)) map.removeImage(HATCH);
  map.addImage(HATCH, hatch());
  map.addLayer({ id: REACH, type: "fill", source: GROUND, "source-layer": "grids", filter: ["boolean", false], paint: { "fill-pattern": HATCH } }, UNDER);
}

/** What the legend says of it; now, or by the roster at a time that is chosen there. @param {MapLibre} map */
export function reachLegend(map) {
  const text = make("span", {}, "…");
  const time = make("input", { type: "datetime-local", value: chosen });
  const draw = async () => {
    const asked = ++turn;
    const { late, said } = await find(chosen ? instant(chosen) : "");
    if (asked !== turn) return;
    map.setFilter(REACH, ["in", ["get", "code"], ["literal", late]]);
    text.textContent = said;
  };
  time.addEventListener("change", () => {
    chosen = time.value;
    void draw();
  });
  heed = () => { if (text.isConnected && !chosen) void draw(); };
  void draw();
  return make("ul", {}, make("li", {}, make("span", { class: "patch hatch" }), text), make("li", {}, make("label", { class: "row" }, word("map.reach_at"), time)));
}

/** Minutes on the bureau's clocks; empty: now. */
let chosen = "";
let turn = 0;
let heed = () => {};
/** Whether each squad can be sent from now on: where it is changes every second, and is nothing here. @type {Map<string, string>} */
const duty = new Map();

onChange("squads", (changed) => {
  let other = false;
  for (const code of changed) {
    const one = squads.get(code);
    const now = `${one?.state} ${one?.vehicles}`;
    other ||= duty.get(code) !== now;
    duty.set(code, now);
  }
  if (other) heed();
});

/** @param {string} at @returns {Promise<{late: string[], said: string}>} */
async function find(at) {
  try {
    const codes = [];
    /** @type {Reach} */
    let found;
    const asked = new URLSearchParams({ limit: String(PAGE), ...(at && { at }) });
    do {
      found = await get(`/api/reach?${asked}`);
      codes.push(...found.items.map(({ code }) => code));
      asked.set("after", found.next ?? "");
    } while (found.next);
    const { late, grids, squads: on, at: then, method } = found;
    return { late: codes, said: word("map.reach", { late, grids, squads: on, at: moment(then), method: wordOr(`nearest.method.${method}`, method) }) };
  } catch (failure) {
    if (!(failure instanceof NotGiven)) throw failure;
    return { late: [], said: failure.message };
  }
}

function hatch() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = STEP;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  pen.strokeStyle = colour("finding");
  pen.lineWidth = 1.5;
  for (const shift of [-STEP, 0, STEP]) {
    pen.moveTo(shift, STEP);
    pen.lineTo(shift + STEP, 0);
  }
  pen.stroke();
  return pen.getImageData(0, 0, STEP, STEP);
}
