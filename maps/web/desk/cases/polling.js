// Asks again and again what is new, while somebody looks.

import { Refusal, Unreachable } from "../../shared/api.js";

const EVERY_MS = 15_000;

/** @param {() => Promise<void>} ask */
export function poll(ask) {
  const once = () => ask().catch((failure) => {
    if (!(failure instanceof Refusal || failure instanceof Unreachable)) throw failure;
  });
  const again = async () => {
    if (!document.hidden) await once();
    setTimeout(again, EVERY_MS);
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void once(); });
  document.addEventListener("reachable", () => void once());
  setTimeout(again, EVERY_MS);
}
