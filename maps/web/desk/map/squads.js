// Squads on the map, where each is or was last: free, with a case, not heard of, off duty.

import { onChange, squads } from "../live/store.js";
import { CHOSEN } from "./cases.js";
import { feed, point } from "./feed.js";
import { colour } from "./symbols.js";

/** @import {Map as MapLibre} from "maplibre-gl" */
/** @import {Squad} from "../live/types.js" */

export const SQUADS = "live-squads";
export const SQUAD_CROWDS = "live-squads-many";
export const SQUAD_NAMES = "live-squads-names";
const APART = 26;
const ALONE_FROM = 13;
const NAMED_FROM = 11;

const fed = feed(SQUADS, (code) => {
  const one = squads.get(code);
  return one ? point(code, one.lon, one.lat, { look: lookOf(one), name: one.name }) : null;
});
onChange("squads", fed.heed);

/** @param {Squad} one */
export function lookOf(one) {
  if (!one.on_duty || one.state === "out_of_service") return "off";
  if (one.contact_lost) return "stale";
  return one.busy < one.crews ? "free" : "busy";
}

/** @param {MapLibre} map */
export function dressSquads(map) {
  map.addSource(SQUADS, {
    type: "geojson", data: { type: "FeatureCollection", features: [] }, promoteId: "id", cluster: true, clusterRadius: APART, clusterMaxZoom: ALONE_FROM - 1,
  });
  map.addLayer({
    id: SQUAD_CROWDS, source: SQUADS, type: "symbol", filter: ["has", "point_count"],
    layout: {
      "icon-image": "squad-many", "icon-allow-overlap": true, "text-field": ["to-string", ["get", "point_count"]], "text-size": 12,
      "text-allow-overlap": true, "text-ignore-placement": true,
    },
    paint: { "text-color": colour("surface") },
  }, CHOSEN);
  map.addLayer({
    id: SQUADS, source: SQUADS, type: "symbol", filter: ["!", ["has", "point_count"]],
    layout: {
      "icon-image": ["concat", "squad-", ["get", "look"]], "icon-allow-overlap": true, "icon-ignore-placement": true,
    },
  }, CHOSEN);
  fed.all(map, squads.keys());
}

/** Their names, over the symbols of cases that would hide them. @param {MapLibre} map */
export function dressNames(map) {
  map.addLayer({
    id: SQUAD_NAMES, source: SQUADS, type: "symbol", filter: ["!", ["has", "point_count"]], minzoom: NAMED_FROM,
    layout: { "text-field": ["get", "name"], "text-size": 12, "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 1.2, "text-justify": "auto" },
    paint: { "text-color": colour("ink"), "text-halo-color": colour("surface"), "text-halo-width": 1.5 },
  });
}
