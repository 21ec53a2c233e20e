// Which squad to send: those on duty, who can be there soonest first, with the minutes and how they are reckoned.

import { all, post } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { number } from "../../shared/formats.js";
import { word, wordOr } from "../../shared/words.js";

/** @import {Nearest, Way} from "../types.js" */
/** @import {Case} from "./types.js" */

/** @typedef {{code: string, name: string, on_duty: boolean}} Squad */

const MOST = 50;
const MINUTE_S = 60;

/** @param {Case} one */
export function squads(one) {
  const choice = make("select", { name: "squad", required: true });
  const method = make("span", { class: "quiet small" });
  void Promise.all([onDuty(), soonest(one)]).then(([squads, ways]) => {
    const near = new Set(ways.map(({ squad }) => squad));
    const others = squads.filter(({ code }) => !near.has(code));
    fill(choice, ...ways.map(away), ...others.map(({ code, name }) => make("option", { value: code }, name)));
    if (ways.length) fill(method, wordOr(`nearest.method.${ways[0].method}`, ways[0].method));
  }, () => undefined);
  return make("label", {}, make("span", { class: "label" }, word("cases.squad")), choice, method);
}

async function onDuty() {
  /** @type {Squad[]} */
  const found = await all("/api/squads");
  return found.filter(({ on_duty: duty }) => duty);
}

/** Nobody where the way is not known: then the squads stand as they are listed. @param {Case} one @returns {Promise<Way[]>} */
async function soonest({ lon, lat, matter }) {
  try {
    /** @type {Nearest} */
    const { items, beyond } = await post("/api/nearest-squads", { lon, lat, matter, limit: MOST });
    return [...items, ...beyond];
  } catch {
    return [];
  }
}

/** @param {Way} way */
function away({ squad, name, seconds }) {
  const minutes = number(Math.max(1, Math.round(seconds / MINUTE_S)));
  return make("option", { value: squad }, word("cases.squad_away", { name, minutes }));
}
