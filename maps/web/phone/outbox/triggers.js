// When a page tries to send: at its start, when something was written down, when the signal is back,
// when it is looked at again, and after a while by itself.

/** @import {Standing} from "./sender.js" */
import { channel } from "./items.js";
import { drain } from "./sender.js";
import { rest } from "./verdict.js";

const TAG = "outbox";

let running = false;
let wanted = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Sends what waits, now or right after the run that is under way. */
export function sendNow() {
  wanted = true;
  if (!running) void run();
}

/** Lets the browser send even if this page is gone by then, where it can. */
export async function sendLater() {
  const worker = await navigator.serviceWorker?.ready;
  // Not every browser has it, and a person may have forbidden it.
  await /** @type {any} */ (worker)?.sync?.register(TAG).catch(() => {});
}

export function keepSending() {
  window.addEventListener("online", sendNow);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) sendNow(); });
  // The worker may have tried meanwhile, or another page.
  channel.addEventListener("message", ({ data }) => { if (data.standing && !running) plan(data.standing); });
  sendNow();
}

async function run() {
  clearTimeout(timer);
  // Nothing is gained by trying; the event will come.
  if (!navigator.onLine) return;
  running = true;
  /** @type {Standing} */
  let end = { left: 0, why: null, next: null };
  while (wanted) {
    wanted = false;
    end = await drain().catch(() => ({ left: 0, why: "unreachable", next: Date.now() + rest(2) }));
  }
  running = false;
  plan(end);
}

/** How often nobody answered: less and less often it is tried again. */
let unanswered = 0;

/** The server answers: what waits longer because it did not goes now. */
export function answered() {
  if (unanswered) sendNow();
}

/** @param {Standing} end */
function plan({ why, next }) {
  clearTimeout(timer);
  unanswered = why === "unreachable" ? unanswered + 1 : 0;
  if (unanswered) timer = setTimeout(sendNow, rest(unanswered));
  else if (next !== null) timer = setTimeout(sendNow, Math.max(1000, next - Date.now()));
}
