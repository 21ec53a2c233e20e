// What is open and where the squads are: one copy for the map, the queues and the lists. Whoever
// shows it hears once a frame which have changed.

import { all, get } from "../../shared/api.js";

/** @import {Listed} from "../cases/types.js" */
/** @import {Squad} from "./types.js" */
/** @typedef {(changed: Set<string>) => void} Hear */

const ENDED = ["closed", "rejected", "merged"];
const PAGE = 1000;

/** @type {Map<string, Listed>} */
export const cases = new Map();
/** @type {Map<string, Squad>} */
export const squads = new Map();
/** What ended while the pages of what is open were on their way. @type {Map<string, number>} */
const ended = new Map();
/** @type {{cases: Set<string>, squads: Set<string>}} */
let changed = { cases: new Set(), squads: new Set() };
/** @type {{cases: Hear[], squads: Hear[]}} */
const hearers = { cases: [], squads: [] };
let told = false;
let whole = false;

/** Whether all that is open is here. */
export function complete() {
  return whole;
}

/** @param {"cases" | "squads"} kind @param {Hear} hear */
export function onChange(kind, hear) {
  hearers[kind].push(hear);
}

/** A case as it is now. What was told late changes nothing. @param {Listed} one */
export function putCase(one) {
  const known = cases.get(one.id)?.version ?? ended.get(one.id) ?? -1;
  if (one.version < known) return;
  if (!ENDED.includes(one.state)) cases.set(one.id, { ...one, description: null });
  else {
    cases.delete(one.id);
    if (!whole) ended.set(one.id, one.version);
  }
  note("cases", one.id);
}

/** What is not in sight any more. @param {string} id */
export function dropCase(id) {
  if (cases.delete(id)) note("cases", id);
}

/** @param {Squad} one What is not told of it stays as it was. */
export function putSquad(one) {
  squads.set(one.code, { ...squads.get(one.code), ...one });
  note("squads", one.code);
}

/** Everything anew: at first, and after something may have been missed. */
export async function load() {
  whole = false;
  const before = new Map([...cases].map(([id, { version }]) => [id, version]));
  const there = new Set();
  let next = "";
  do {
    /** @type {{items: Listed[], next: string | null}} */
    const page = await get(`/api/incidents?open=true&order=due&limit=${PAGE}&after=${encodeURIComponent(next)}`);
    for (const one of page.items) {
      there.add(one.id);
      putCase(one);
    }
    next = page.next ?? "";
  } while (next);
  for (const [id, version] of before) if (!there.has(id) && cases.get(id)?.version === version) dropCase(id);
  whole = true;
  ended.clear();
  tell();
}

export async function loadSquads() {
  /** @type {Squad[]} */
  const found = await all("/api/squads");
  const there = new Set(found.map(({ code }) => code));
  for (const code of squads.keys()) if (!there.has(code) && squads.delete(code)) note("squads", code);
  found.forEach(putSquad);
}

/** @param {"cases" | "squads"} kind @param {string} id */
function note(kind, id) {
  changed[kind].add(id);
  tell();
}

/** Pages that nobody looks at draw no frames: they are told as well. */
function tell() {
  if (told) return;
  told = true;
  if (document.hidden) setTimeout(spread, 1000);
  else requestAnimationFrame(spread);
}

function spread() {
  const news = changed;
  changed = { cases: new Set(), squads: new Set() };
  told = false;
  for (const hear of hearers.cases) hear(news.cases);
  if (news.squads.size) for (const hear of hearers.squads) hear(news.squads);
}
