// The study behind a plan: its area, what it found, and the suspected default locations.

import { get } from "../shared/api.js";
import { fill, make } from "../shared/dom.js";
import { later, number } from "../shared/formats.js";
import { word } from "../shared/words.js";

/** @import {Plan, Run} from "./types.js" */

const FACTS = ["area_km2", "cells", "incidents", "outside", "hot", "cold", "hot_within_township", "insufficient"];
const PILES = 5;

/** @param {HTMLElement} place @param {Plan | null} plan */
export async function showStudy(place, plan) {
  if (!plan) return fill(place, make("p", { class: "quiet" }, word("study.none")));
  /** @type {{items: Run[]}} */
  const { items } = await get(`/api/hotspots?limit=1&after=${plan.run_id + 1}`);
  const [run] = items;
  const since = later(run.as_of, -7 * run.weeks);
  const window = { since, until: later(run.as_of, -1), weeks: run.weeks, resolution: run.resolution };
  const told = FACTS.filter((name) => name in run.found); // of one's own townships some cannot be told
  const facts = told.flatMap((name) => [make("dt", {}, word(`study.${name}`)), make("dd", {}, number(run.found[name]))]);
  const link = `/maps/hotspots.html?run=${run.id}&lang=${document.documentElement.lang}`;
  fill(
    place,
    make("p", { class: "quiet small" }, word("study.window", window)),
    make("dl", { class: "facts" }, ...facts),
    run.found.piles.length > 0 && piles(run.found.piles),
    make("a", { href: link }, word("study.open")),
  );
}

/** @param {{lon: number, lat: number, count: number, capped_to: number}[]} found */
function piles(found) {
  const lines = found.slice(0, PILES).map(({ lon, lat, count, capped_to: capped }) =>
    make("li", {}, word("study.pile", { lon: lon.toFixed(5), lat: lat.toFixed(5), count: number(count), capped: number(capped) })),
  );
  const more = found.length > PILES && make("p", { class: "quiet small" }, word("study.more", { n: number(found.length - PILES) }));
  return make("div", {}, make("h3", {}, word("study.piles")), make("ul", { class: "reasons" }, ...lines), more);
}
