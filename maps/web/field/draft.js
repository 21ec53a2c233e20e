// The report that is being written.

import { now } from "../phone/clock.js";
import { crumple, jot, jotted } from "../phone/jotting.js";

/** @import {Draft, Matter} from "../phone/types.js" */

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

/** So many photos of what was found its report cannot do without; what came back has its photos there. @param {Pick<Draft, "fixed" | "returned">} whole @param {Matter} matter */
export function leastBefore({ fixed, returned }, { photos_before }) {
  return returned ? 0 : Math.max(photos_before, fixed ? 1 : 0);
}

/** How many there are. @param {Draft} whole @param {string} kind */
export function taken({ photos }, kind) {
  return photos.filter((photo) => photo.kind === kind).length;
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
  current = null;
  await crumple(NAME);
}
