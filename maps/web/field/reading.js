// Reads what the page shows: from the server, or what it said last.

import { all as list, get, Refusal, Unreachable } from "../shared/api.js";
import { fresh, keep, kept } from "./kept.js";
import { notices } from "./notices.js";
import { ofOthers, ofPerson } from "./outbox/items.js";
import { meet } from "./person.js";
import { position } from "./position.js";
import { set, state } from "./state.js";

/** @import {Case, Notice} from "./types.js" */

const MINE = "/api/incidents?mine=true&limit=50";
/** Not taken: it has to be reported anew, put right. */
export const RETURNED = "rejected";
/** What can be done from here, by the state in which a case waits for it. */
export const CHECKS = { to_check: "report_check", to_recheck: "report_recheck" };
const MOST_GRIDS = 60;
const AROUND = 0.02;

/** What lies on the phone, at once. @param {string} owner */
export async function recall(owner) {
  const [matters, grids, tasks, mine, told, shift] = await Promise.all(
    ["matters", "grids", "tasks", "mine", "notices", "shift"].map((name) => kept(owner, name)),
  );
  set({
    matters: matters?.data.items ?? [], grids: grids?.data.items ?? [], tasks: tasks?.data ?? [], mine: mine?.data ?? [],
    notices: told?.data ?? [], shift: shift?.data ?? null, readAt: mine?.at ?? null,
  });
}

/** What waits to be sent, at once. */
export async function count() {
  const owner = state.me?.id ?? "";
  set({ items: await ofPerson(owner), others: await ofOthers(owner) });
}

/** @type {Promise<void> | null} */
let reading = null;
let wanted = false;

/** From the server; asked for while it is being read, it is read once more: it may have changed. */
export function read() {
  wanted = true;
  reading ??= readOn().finally(() => { reading = null; });
  return reading;
}

async function readOn() {
  while (wanted) {
    wanted = false;
    await readAll();
  }
}

async function readAll() {
  try {
    if (!(await meet()) || !state.me) return;
    const owner = state.me.id;
    set({ matters: (await fresh(owner, "matters", "/api/matters?offered=true&limit=1000", outdated() ? 0 : 6)).items });
    set({ grids: (await fresh(owner, "grids", area(), 24)).items });
    const mine = await keep(owner, "mine", await complete((await get(MINE)).items, ({ state: now }) => now === RETURNED));
    const tasks = await keep(owner, "tasks", await complete(await waiting(), () => true));
    const told = await keep(owner, "notices", notices(mine, tasks));
    set({ mine, tasks, notices: told, readAt: new Date().toISOString() });
  } catch (failure) {
    if (failure instanceof Unreachable) set({ standing: "away" });
    else if (!(failure instanceof Refusal)) throw failure;
  }
}

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

/** @param {Case} one */
function by({ due }) {
  return due?.at ? Date.parse(due.at) : Infinity;
}

/**
 * Some of them in full, with their history: what was asked, why one came back. Only what has changed
 * is asked for. @param {Case[]} cases @param {(one: Case) => boolean} wanted @returns {Promise<Case[]>}
 */
function complete(cases, wanted) {
  const known = [...state.mine, ...state.tasks].filter(({ steps }) => steps);
  return Promise.all(cases.map((one) => {
    const same = known.find(({ id, version }) => id === one.id && version === one.version);
    if (!wanted(one)) return one;
    return same ? { ...same, ...one } : get(`/api/incidents/${one.id}`);
  }));
}

/** One's own grids; whoever has more than a phone needs gets those around. */
function area() {
  const base = `/api/grids?limit=${MOST_GRIDS}`;
  const fix = position.fix;
  if (!fix || state.grids.length < MOST_GRIDS) return base;
  return `${base}&bbox=${fix.lon - AROUND},${fix.lat - AROUND},${fix.lon + AROUND},${fix.lat + AROUND}`;
}

/** One case in full if it can be had. @param {string} id @returns {Promise<Case | null>} */
export async function caseOf(id) {
  const known = [...state.tasks, ...state.mine].find((one) => one.id === id) ?? null;
  if (known?.steps && known.photos) return known;
  try {
    return await get(`/api/incidents/${id}`);
  } catch (failure) {
    if (failure instanceof Unreachable || failure instanceof Refusal) return known;
    throw failure;
  }
}
