// Reading what a page shows from the server, once at a time.

import { get, NotGiven, Refusal, Unreachable } from "../shared/api.js";
import { answered } from "./outbox/triggers.js";
import { meet } from "./person.js";
import { set, state } from "./state.js";

/** @import {Case} from "./types.js" */

/**
 * Reads all of it for whoever is there. Asked for while it is being read, it is read once more: it
 * may have changed. @param {(owner: string) => Promise<void>} work @returns {() => Promise<void>}
 */
export function reader(work) {
  /** @type {Promise<void> | null} */
  let reading = null;
  let wanted = false;
  const readOn = async () => {
    while (wanted) {
      wanted = false;
      await attempt(work);
    }
  };
  return () => {
    wanted = true;
    reading ??= readOn().finally(() => { reading = null; });
    return reading;
  };
}

/** @param {(owner: string) => Promise<void>} work */
async function attempt(work) {
  try {
    if (!(await meet()) || !state.me) return;
    await work(state.me.id);
    answered();
  } catch (failure) {
    if (failure instanceof Unreachable) set({ standing: "away" });
    else if (!(failure instanceof Refusal)) throw failure;
  }
}

/** All cases that are on the phone. */
function known() {
  return [...state.tasks, ...state.mine, ...state.orders];
}

/**
 * Some of them in full, with their history: what was asked, why one came back. Only what has changed
 * is asked for. @param {Case[]} cases @param {(one: Case) => boolean} [wanted] @returns {Promise<Case[]>}
 */
export function complete(cases, wanted = () => true) {
  const full = known().filter(({ steps }) => steps);
  return Promise.all(cases.map((one) => {
    const same = full.find(({ id, version }) => id === one.id && version === one.version);
    if (!wanted(one)) return one;
    return same ? { ...same, ...one } : get(`/api/incidents/${one.id}`);
  }));
}

/** One case in full if it can be had. @param {string} id @returns {Promise<Case | null>} */
export async function caseOf(id) {
  const here = known().find((one) => one.id === id) ?? null;
  if (here?.steps && here.photos) return here;
  try {
    return await get(`/api/incidents/${id}`);
  } catch (failure) {
    if (failure instanceof NotGiven) return here;
    throw failure;
  }
}

/** By which a list is in order of what must be done first. @param {Case} one */
export function by({ due }) {
  return due?.at ? Date.parse(due.at) : Infinity;
}
