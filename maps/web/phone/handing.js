// Handing over to be sent what was done here: it is kept and goes by itself, or the page says that
// the phone has no room for it.

import { count } from "./counting.js";
import { put } from "./outbox/items.js";
import { sendLater, sendNow } from "./outbox/triggers.js";
import { fitted } from "./room.js";

/** Whether it is kept. @param {Parameters<typeof put>} what */
export async function handOver(...what) {
  if (!(await fitted(put(...what)))) {
    // Where that is said.
    window.scrollTo(0, 0);
    return false;
  }
  await count();
  sendNow();
  void sendLater();
  return true;
}
