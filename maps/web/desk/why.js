// The grid that was chosen: its figures and the reasons for them.

import { byId, fill, make } from "../shared/dom.js";
import { number, tenths } from "../shared/formats.js";
import { word } from "../shared/words.js";
import { reasons } from "./reasons.js";

/** @import {Visit} from "./types.js" */

/** @param {Visit | null} visit */
export function showWhy(visit) {
  const place = byId("why");
  place.hidden = visit === null;
  if (!visit) return;
  const facts = [
    [word("visits.visits"), number(visit.visits)],
    [word("visits.previous"), visit.previous === null ? word("visits.new") : number(visit.previous)],
    [word("visits.expected"), tenths(visit.expected)],
  ];
  fill(
    place,
    make("h2", {}, visit.name),
    make("p", { class: "quiet small" }, `${visit.code} · ${visit.township_name}`),
    make("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
    make("h3", {}, word("visits.reasons")),
    make("ul", { class: "reasons" }, ...reasons(visit).map((reason) => make("li", {}, reason))),
  );
}
