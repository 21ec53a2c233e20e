// Two maps of the period: where its cases were, and where they were closed on time.

import { byId, fill, make } from "../../shared/dom.js";
import { later } from "../../shared/formats.js";
import { word } from "../../shared/words.js";

/** @import {Report} from "./types.js" */

const NAMES = /** @type {const} */ (["closure", "incidents"]);

/** @param {Report} report */
export function showMaps(report) {
  const query = new URLSearchParams({ since: report.since, until: later(report.until, -1), lang: document.documentElement.lang });
  fill(byId("maps"), ...NAMES.map((name) => map(name, query)));
}

/** @param {typeof NAMES[number]} name @param {URLSearchParams} query */
function map(name, query) {
  const title = word(`map.${name}`);
  const picture = make("img", { src: `/maps/${name}.png?${query}`, alt: word("leader.map_of", { name: title }) });
  const figure = make("figure", { "aria-busy": "true" }, make("a", { href: `/maps/${name}.html?${query}`, title: word("leader.walk") }, picture));
  picture.addEventListener("load", () => figure.removeAttribute("aria-busy"));
  picture.addEventListener("error", () => fill(figure, make("p", { class: "quiet" }, word("leader.no_map", { name: title }))));
  return figure;
}
