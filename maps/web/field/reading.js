// Reads what the page shows: from the server, or what it said last.

import { all as list, get } from "../shared/api.js";
import { rings } from "../phone/area.js";
import { fresh, keepAll, kept } from "../phone/kept.js";
import { position } from "../phone/position.js";
import { by, complete, reader } from "../phone/reading.js";
import { set, state } from "../phone/state.js";
import { notices } from "./notices.js";

/** @import {Case, Grid, Notice} from "../phone/types.js" */

const MINE = "/api/incidents?mine=true&limit=50";
/** Not taken: it has to be reported anew, put right. */
export const REJECTED = "rejected";
/** Whether it waits for its reporter. @param {Pick<Case, "state" | "returned">} one */
export const back = ({ state: now, returned = false }) => returned || now === REJECTED;
/** What can be done from here, by the state in which a case waits for it. */
export const CHECKS = { to_check: "report_check", to_recheck: "report_recheck" };
const MOST_GRIDS = 60;
const MOST_PLACES = 1000;
const AROUND = 0.02;

/** What lies on the phone, at once. @param {string} owner */
export async function recall(owner) {
  const [matters, grids, tasks, mine, told, shift, places] = await Promise.all(
    ["matters", "grids", "tasks", "mine", "notices", "shift", "places"].map((name) => kept(owner, name)),
  );
  set({
    places: places?.data.items ?? [],
    matters: matters?.data.items ?? [], grids: grids?.data.items ?? [], tasks: tasks?.data ?? [], mine: mine?.data ?? [],
    // What an older page kept lacks its names.
    notices: (told?.data ?? []).filter((/** @type {Notice} */ { matter_zh }) => matter_zh), shift: shift?.data ?? null, readAt: mine?.at ?? null,
  });
}

export const read = reader(async (owner) => {
  set({ matters: (await fresh(owner, "matters", "/api/matters?offered=true&limit=1000", outdated() ? 0 : 6)).items });
  set({ grids: (await fresh(owner, "grids", area(), 24)).items });
  if (state.grids.length) set({ places: (await fresh(owner, "places", placesOf(state.grids), 24)).items });
  const mine = await complete((await get(MINE)).items, back);
  const tasks = await complete(await waiting());
  const told = { mine, tasks, notices: notices(mine, tasks) };
  await keepAll(owner, told);
  set({ ...told, readAt: new Date().toISOString() });
});

/** Whether something was refused because the matters are not the same any more. */
function outdated() {
  return state.items.some((item) => item.refused?.code === "no_matter");
}

/** @returns {Promise<Case[]>} */
async function waiting() {
  const each = await Promise.all(Object.keys(CHECKS).map((state) => list(`/api/incidents?state=${state}`)));
  const cases = /** @type {Case[]} */ (each.flat());
  return cases.filter((one) => one.verbs.includes(CHECKS[/** @type {keyof typeof CHECKS} */ (one.state)])).sort((a, b) => by(a) - by(b));
}

/** One's own grids; whoever has more than a phone needs gets those around. */
function area() {
  const base = `/api/grids?limit=${MOST_GRIDS}`;
  const fix = position.fix;
  if (!fix || state.grids.length < MOST_GRIDS) return base;
  return `${base}&bbox=${fix.lon - AROUND},${fix.lat - AROUND},${fix.lon + AROUND},${fix.lat + AROUND}`;
}

/** The places by name that lie around some grids. @param {Grid[]} grids */
function placesOf(grids) {
  const corners = grids.flatMap(rings).flat();
  const [lons, lats] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
  const box = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  return `/api/places?limit=${MOST_PLACES}&bbox=${box.join(",")}`;
}
