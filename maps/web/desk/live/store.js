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
/** What ended or went out of sight while the pages of what is open were on their way. @type {Set<string>} */
const ended = new Set();
/** @type {{cases: Set<string>, squads: Set<string>}} */
let changed = { cases: new Set(), squads: new Set() };
/** @type {{cases: Hear[], squads: Hear[]}} */
const hearers = { cases: [], squads: [] };
let told = false;
/** @type {{cases: boolean, squads: boolean}} */
const whole = { cases: false, squads: false };
/** @type {Promise<void> | null} */
let reading = null;
let again = false;

/** Whether all that is open is here, or all squads. @param {"cases" | "squads"} [kind] */
export function complete(kind = "cases") {
  return whole[kind];
}

/** Whether it was asked for in vain what is open: not all is here, and none of it is on its way. */
export function isLacking() {
  return !whole.cases && !reading;
}

/** @param {"cases" | "squads"} kind @param {Hear} hear */
export function onChange(kind, hear) {
  hearers[kind].push(hear);
}

/** A case as it is now. What was told late changes nothing. @param {Listed} one */
export function putCase(one) {
  if (one.version < (cases.get(one.id)?.version ?? -1)) return;
  if (ENDED.includes(one.state)) leave(one.id);
  else {
    cases.set(one.id, { ...one, description: null });
    ended.delete(one.id);
  }
  note("cases", one.id);
}

/** What is not in sight any more. @param {string} id */
export function dropCase(id) {
  if (leave(id)) note("cases", id);
}

/** @param {string} id */
function leave(id) {
  if (!whole.cases) ended.add(id);
  return cases.delete(id);
}

/** @param {Squad} one What is not told of it stays as it was. */
export function putSquad(one) {
  squads.set(one.code, { ...squads.get(one.code), ...one });
  note("squads", one.code);
}

/** Everything anew: at first, and after something may have been missed. Whoever asks meanwhile has
 * it read once more after that: what they may have missed can be of a page that was read before. */
export function load() {
  again = true;
  reading ??= inTurn();
  return reading;
}

async function inTurn() {
  try {
    while (again) {
      again = false;
      await readOpen();
    }
  } finally {
    reading = null;
  }
}

async function readOpen() {
  whole.cases = false;
  ended.clear();
  const before = new Map([...cases].map(([id, { version }]) => [id, version]));
  const there = new Set();
  let next = "";
  do {
    /** @type {{items: Listed[], next: string | null}} */
    const page = await get(`/api/incidents?open=true&order=due&limit=${PAGE}&after=${encodeURIComponent(next)}`);
    for (const one of page.items) {
      there.add(one.id);
      if (!ended.has(one.id)) putCase(one);
    }
    next = page.next ?? "";
  } while (next);
  for (const [id, version] of before) if (!there.has(id) && cases.get(id)?.version === version) dropCase(id);
  whole.cases = true;
  tell();
}

export async function loadSquads() {
  whole.squads = false;
  /** @type {Squad[]} */
  const found = await all("/api/squads");
  const there = new Set(found.map(({ code }) => code));
  for (const code of squads.keys()) if (!there.has(code) && squads.delete(code)) note("squads", code);
  found.forEach(putSquad);
  whole.squads = true;
  tell();
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
