// What somebody is writing lies on the phone at once: a camera or a call may push the page out of
// memory at any time.

import { change, done, look } from "./outbox/store.js";
import { fitted } from "./room.js";
import { owner } from "./state.js";

/** Puts it down under a name. @param {string} name @param {object} written */
export async function jot(name, written) {
  await fitted(change(["drafts"], (shops) => void shops.drafts.put({ owner: owner(), name, written })));
}

/** @param {string} name @returns {Promise<any>} */
export async function jotted(name) {
  const found = await look(["drafts"], (shops) => done(shops.drafts.get([owner(), name])));
  return found?.written ?? null;
}

/** @param {string} name */
export function crumple(name) {
  return change(["drafts"], (shops) => void shops.drafts.delete([owner(), name]));
}
