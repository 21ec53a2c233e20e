// Two maps of the period: where its cases were, and where they were closed on time.

import { byId, fill, make } from "../../shared/dom.js";
import { later } from "../../shared/formats.js";
import { word } from "../../shared/words.js";

/** @import {Report} from "./types.js" */

const NAMES = /** @type {const} */ (["closure", "incidents"]);
const POINTS_A_PIXEL = 0.75;
const [NARROWEST, WIDEST] = [200, 842];

/** @param {Report} report */
export function showMaps(report) {
  const query = new URLSearchParams({ since: report.since, until: later(report.until, -1), lang: document.documentElement.lang });
  const figures = NAMES.map(() => make("figure", { "aria-busy": "true" }));
  fill(byId("maps"), ...figures);
  figures.forEach((figure, i) => show(figure, NAMES[i], query));
}

/** As wide as its place, so that what stands on it can be read. @param {HTMLElement} figure @param {typeof NAMES[number]} name @param {URLSearchParams} query */
function show(figure, name, query) {
  const title = word(`map.${name}`);
  const wide = Math.round(Math.min(WIDEST, Math.max(NARROWEST, figure.clientWidth * POINTS_A_PIXEL)));
  const picture = make("img", { src: `/maps/${name}.png?${query}&wide=${wide}`, alt: word("leader.map_of", { name: title }) });
  fill(figure, make("a", { href: `/maps/${name}.html?${query}`, title: word("leader.walk") }, picture));
  picture.addEventListener("load", () => figure.removeAttribute("aria-busy"));
  picture.addEventListener("error", () => fill(figure, make("p", { class: "quiet" }, word("leader.no_map", { name: title }))));
}
