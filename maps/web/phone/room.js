// Whether there is room on the phone for what somebody writes: that there is none is said until there is.

import { fits } from "./outbox/store.js";
import { set, state } from "./state.js";

/** @param {Promise<void>} kept */
export async function fitted(kept) {
  const full = !(await fits(kept));
  if (full !== state.full) set({ full });
  return !full;
}
