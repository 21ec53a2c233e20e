// What waits to be sent, at once.

import { ofOthers, ofPerson } from "./outbox/items.js";
import { set, state } from "./state.js";

export async function count() {
  const owner = state.me?.id ?? "";
  set({ items: await ofPerson(owner), others: await ofOthers(owner) });
}
