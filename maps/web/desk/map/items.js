// What is told of a case, a squad or a piece of ground that was clicked on the map.

import { fill, make } from "../../shared/dom.js";
import { moment } from "../../shared/formats.js";
import { word, wordOr } from "../../shared/words.js";
import { dueBy } from "../cases/due.js";
import { gridName } from "../cases/gridname.js";
import { matterOf } from "../cases/row.js";
import { untilOf } from "../cases/until.js";
import { crewOf } from "../live/crew.js";
import { shiftOf } from "../live/shift.js";
import { squads } from "../live/store.js";
import { lookOf } from "./squads.js";

/** @import {MapGeoJSONFeature} from "maplibre-gl" */
/** @import {Listed} from "../cases/types.js" */
/** @import {Squad} from "../live/types.js" */

/** @param {Listed | undefined} one */
export function caseItem(one) {
  if (!one) return null;
  return make("li", {}, make("a", { href: `#case=${one.id}`, class: "entry" }, make("strong", {}, matterOf(one)), dueBy(untilOf(one)) ?? make("span", {}),
    make("span", { class: "place" }, [wordOr(`state.${one.state}`, one.state), one.address ?? one.case_no].filter(Boolean).join(" · "))));
}

/** @param {Squad | undefined} one */
export function squadItem(one) {
  if (!one) return null;
  const item = make("li", { class: "squad-item" });
  const draw = () => {
    const now = squads.get(one.code) ?? one;
    fill(item, make("strong", {}, now.name), make("span", {}, stateOf(now)), make("span", { class: "small" }, crewOf(now)),
      make("span", { class: "quiet small" }, whereFrom(now)), shiftOf(now, draw));
  };
  draw();
  return item;
}

/** @param {Squad} one */
export function stateOf(one) {
  const look = word(`map.squad.${lookOf(one)}`);
  return one.out_of_service ? word("duty.out", { why: word(`out_of_service.${one.out_of_service}`) }) : look;
}

/** How sure its place is. @param {Squad} one */
export function whereFrom(one) {
  if (one.fresh && one.position_at) return word("map.seen_at", { at: moment(one.position_at) });
  return one.position_at ? word("map.last_seen", { at: moment(one.position_at) }) : word("map.at_station");
}

/** The ground itself: its grid, and what the layers that are shown say of it. @param {MapGeoJSONFeature[]} features */
export function groundItem(features) {
  const grids = new Set(features.filter(({ sourceLayer }) => sourceLayer === "grids").map(({ properties }) => String(properties.code)));
  const said = new Set(features.map(({ sourceLayer, properties }) => SAID[sourceLayer ?? ""]?.(properties)).filter((each) => each != null));
  const lines = [...[...grids].map(gridName), ...said];
  return lines.length ? make("div", { class: "here" }, ...lines.map((line) => make("p", {}, line))) : null;
}

/** @type {Record<string, (properties: Record<string, any>) => string | null>} */
const SAID = {
  townships: ({ name }) => name,
  hotspots: ({ class: found, z }) => (z === undefined ? null : `${wordOr(`hot.${found < 0 ? "cold" : "hot"}-${Math.abs(found)}`, "")} · z ${Number(z).toFixed(1)}`),
  frequency: ({ visits }) => word("map.visits", { n: visits }),
  roads: ({ name }) => name ?? null,
  places: ({ name }) => name ?? null,
};
