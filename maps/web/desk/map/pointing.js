// What is under the pointer: told while it is there, held by a click. Where many lie together a
// click lists them.

import { fill, make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";
import { matterOf } from "../cases/row.js";
import { cases, squads } from "../live/store.js";
import { CASES, CROWDS } from "./cases.js";
import { caseItem, groundItem, squadItem } from "./items.js";
import { SQUAD_CROWDS, SQUADS } from "./squads.js";

/** @import {GeoJSONSource, Map as MapLibre, MapGeoJSONFeature, MapMouseEvent, Popup} from "maplibre-gl" */
/** @import {Library} from "./library.js" */
/** @typedef {{kind: "case" | "squad", id: string}} Thing */
/** @typedef {(lon: number, lat: number) => boolean} HearGround  Told of a click where nothing is; whether it was of use. */

const OURS = [CASES, CROWDS, SQUADS, SQUAD_CROWDS];
const REACH_PX = 5;
/** So far from the edge of the map stands what is held on it. */
const EDGE_PX = 4;
const MOST = 60;

/** @param {Library} maplibre @param {MapLibre} map @param {HearGround} hear */
export function point(maplibre, map, hear) {
  const tip = new maplibre.Popup({ closeButton: false, closeOnClick: false, className: "tip", offset: 14, maxWidth: "280px" });
  // The focus comes by us: by itself it would scroll the map under its list.
  const held = new maplibre.Popup({ offset: 14, maxWidth: "340px", className: "held", focusAfterOpen: false });
  map.on("mousemove", (event) => tell(map, tip, under(map, event)[0]));
  map.on("mouseout", () => tip.remove());
  map.on("click", async (event) => {
    tip.remove();
    const features = under(map, event);
    const things = await unfolded(map, features);
    if (!things.length) {
      if (!hear(event.lngLat.lng, event.lngLat.lat)) hold(map, held, event, groundItem(map.queryRenderedFeatures(event.point)));
    } else if (things.length === 1 && things[0].kind === "case") location.hash = `#case=${things[0].id}`;
    else hold(map, held, event, listed(things, count(features)));
  });
}

/** @param {MapLibre} map @param {MapMouseEvent} event @returns {MapGeoJSONFeature[]} */
function under(map, { point: { x, y } }) {
  const layers = OURS.filter((id) => map.getLayer(id));
  return map.queryRenderedFeatures([[x - REACH_PX, y - REACH_PX], [x + REACH_PX, y + REACH_PX]], { layers });
}

/** @param {MapLibre} map @param {Popup} tip @param {MapGeoJSONFeature | undefined} feature */
function tell(map, tip, feature) {
  map.getCanvas().style.cursor = feature ? "pointer" : "";
  if (!feature) return void tip.remove();
  const { coordinates } = /** @type {import("geojson").Point} */ (feature.geometry);
  tip.setLngLat([coordinates[0], coordinates[1]]).setDOMContent(make("p", {}, ...said(feature)));
  if (!tip.isOpen()) tip.addTo(map);
}

/** @param {MapGeoJSONFeature} feature @returns {(string | HTMLElement)[]} */
function said({ layer, properties }) {
  if (layer.id === CROWDS) return [word("map.many_cases", { n: properties.point_count, late: properties.late })];
  if (layer.id === SQUAD_CROWDS) return [word("map.many_squads", { n: properties.point_count })];
  const [one, squad] = [cases.get(properties.id), squads.get(properties.id)];
  if (layer.id === CASES && one) return [make("strong", {}, matterOf(one)), ` ${one.address ?? one.case_no ?? ""}`];
  return [squad ? squad.name : ""];
}

/** Each thing that is there, with those that counted circles stand for. @param {MapLibre} map @param {MapGeoJSONFeature[]} features @returns {Promise<Thing[]>} */
async function unfolded(map, features) {
  const all = await Promise.all(features.map(async ({ layer, properties }) => {
    const kind = [CASES, CROWDS].includes(layer.id) ? "case" : "squad";
    if (!properties.cluster) return [{ kind, id: properties.id }];
    const source = /** @type {GeoJSONSource} */ (map.getSource(kind === "case" ? CASES : SQUADS));
    const leaves = await source.getClusterLeaves(properties.cluster_id, MOST, 0).catch(() => []);
    return leaves.map((leaf) => ({ kind, id: leaf.properties?.id }));
  }));
  const found = new Map(all.flat().map((thing) => [`${thing.kind} ${thing.id}`, /** @type {Thing} */ (thing)]));
  return [...found.values()];
}

/** @param {MapGeoJSONFeature[]} features */
function count(features) {
  const once = new Map(features.map(({ layer, properties }) => [`${layer.id} ${properties.id ?? properties.cluster_id}`, Number(properties.point_count ?? 1)]));
  return [...once.values()].reduce((sum, each) => sum + each, 0);
}

/** @param {Thing[]} things @param {number} n */
function listed(things, n) {
  const rows = things.map(({ kind, id }) => (kind === "case" ? caseItem(cases.get(id)) : squadItem(squads.get(id)))).filter((row) => row !== null);
  const rest = n > things.length && make("p", { class: "quiet small" }, word("page.more", { n: n - things.length }));
  return make("div", { class: "here" }, rows.length > 1 && make("h3", {}, word("page.all_here", { n })), make("ul", {}, ...rows), rest);
}

/** @param {MapLibre} map @param {Popup} held @param {MapMouseEvent} event @param {HTMLElement | null} content */
function hold(map, held, event, content) {
  if (!content) return void held.remove();
  const box = make("div", {});
  fill(box, content);
  held.setLngLat(event.lngLat).setDOMContent(box).addTo(map);
  intoSight(map, held);
  (box.querySelector("a") ?? held.getElement().querySelector("button"))?.focus({ preventScroll: true });
}

/** Moves the map so far as the list on it would be cut off above or below. @param {MapLibre} map @param {Popup} held */
function intoSight(map, held) {
  const [all, own] = [map.getContainer(), held.getElement()].map((each) => each.getBoundingClientRect());
  const over = Math.min(0, own.top - all.top - EDGE_PX) || Math.max(0, own.bottom - all.bottom + EDGE_PX);
  if (over) map.panBy([0, over]);
}
