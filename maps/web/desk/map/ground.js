// The map itself: its style from our own tiles, dressed anew when light turns to dark, and opened
// where each person left it.

import { get, ifGiven } from "../../shared/api.js";
import { word } from "../../shared/words.js";
import { keyOf } from "../cases/draft.js";
import { library } from "./library.js";
import { colour } from "./symbols.js";

/** @import {Map as MapLibre, StyleSpecification} from "maplibre-gl" */
/** @typedef {(map: MapLibre) => void} Dress  Puts a layer on the map, each time that its style is new. */

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const VIEW = keyOf("view");
const NEAR = 15;
const AGAIN_MS = 20_000;
/** Whether the base map could not be had. */
let plain = false;
let renew = async () => {};

/** @param {HTMLElement} place @param {Dress[]} dresses @returns {Promise<MapLibre>} */
export async function openMap(place, dresses) {
  const [maplibre, drawn, view] = await Promise.all([library(), style(), begin()]);
  const map = new maplibre.Map({
    container: place, style: drawn, ...view, attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false,
    maxPitch: 0, maxZoom: 19, renderWorldCopies: false, localIdeographFontFamily: colour("fonts"), locale: locale(), fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-left");
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-right");
  map.on("style.load", () => { for (const dress of dresses) dress(map); });
  map.on("moveend", () => localStorage.setItem(VIEW, JSON.stringify({ center: map.getCenter().toArray(), zoom: map.getZoom() })));
  renew = async () => { map.setStyle(await style(), { diff: false }); };
  dark.addEventListener("change", dressAnew);
  setInterval(() => { if (plain) void dressAnew(); }, AGAIN_MS);
  return map;
}

/** The style once more, as it is told by now. */
export function dressAnew() {
  return renew();
}

/** @param {MapLibre} map @param {number} lon @param {number} lat */
export function goTo(map, lon, lat) {
  map.easeTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), NEAR) });
}

/** Where it was left; the whole of what its reader sees, if it never was. @returns {Promise<Partial<import("maplibre-gl").MapOptions>>} */
async function begin() {
  const left = localStorage.getItem(VIEW);
  if (left) return JSON.parse(left);
  /** @type {{bounds: [number, number, number, number]} | null} */
  const sight = await ifGiven(get("/tiles/townships.json"));
  return sight ? { bounds: sight.bounds, fitBoundsOptions: { padding: 20 } } : {};
}

/** The base map; where it cannot be had, a plain ground under cases and squads. @returns {Promise<StyleSpecification>} */
async function style() {
  const query = new URLSearchParams({ lang: document.documentElement.lang, scheme: dark.matches ? "dark" : "light" });
  const drawn = await ifGiven(get(`/tiles/style.json?${query}`));
  plain = drawn === null;
  return drawn ?? { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": colour("land") } }] };
}

function locale() {
  return {
    "Map.Title": word("page.map"), "NavigationControl.ZoomIn": word("page.zoom_in"), "NavigationControl.ZoomOut": word("page.zoom_out"),
    "Popup.Close": word("desk.close"), "ScaleControl.Meters": word("map.metres"), "ScaleControl.Kilometers": word("map.kilometres"),
  };
}
