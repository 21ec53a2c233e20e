// The report that is being written. Every change lies on the phone at once: a camera or a call may
// push the page out of memory at any time.

import { now } from "./clock.js";
import { change, done, isFull, look } from "./outbox/store.js";
import { state } from "./state.js";

/** @import {Draft} from "./types.js" */
/** @import {Item} from "./outbox/items.js" */

export const NAME = "report";

/** @type {Draft | null} */
let current = null;

export function draft() {
  return current;
}

/** @param {Partial<Draft>} [given] @returns {Promise<Draft>} */
export function begin(given = {}) {
  return write({
    id: crypto.randomUUID(), matter: null, photos: [], description: "", address: "", answers: {},
    occurred_at: now(), fix: null, pin: null, grid: null, fixed: false, amends: false, ...given,
  });
}

/** @param {Partial<Draft>} changes */
export function alter(changes) {
  return write({ .../** @type {Draft} */ (current), ...changes });
}

/** @param {Draft} whole */
async function write(whole) {
  current = whole;
  await jot(NAME, whole);
  return whole;
}

/** What was being written when the page was last here. */
export async function resume() {
  current = await jotted(NAME);
  return current;
}

/** It was handed over to the outbox. */
export function finished() {
  current = null;
}

export async function abandon() {
  const owner = state.me?.id ?? "";
  current = null;
  await change(["drafts"], (shops) => void shops.drafts.delete([owner, NAME]));
}

/** Puts down what somebody is writing under a name. @param {string} name @param {object} written */
export async function jot(name, written) {
  try {
    await change(["drafts"], (shops) => void shops.drafts.put({ owner: state.me?.id ?? "", name, written }));
  } catch (failure) {
    if (!isFull(failure)) throw failure;
    document.dispatchEvent(new Event("full"));
  }
}

/** @param {string} name @returns {Promise<any>} */
export async function jotted(name) {
  const found = await look(["drafts"], (shops) => done(shops.drafts.get([state.me?.id ?? "", name])));
  return found?.written ?? null;
}
