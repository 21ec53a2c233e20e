// Asks again and again what is new, while somebody looks.

import { ifGiven } from "../../shared/api.js";

const EVERY_MS = 15_000;

/** @param {(anew: boolean) => Promise<void>} ask Told whether something may have been missed. @param {number} [every] */
export function poll(ask, every = EVERY_MS) {
  const once = (anew = false) => ifGiven(ask(anew));
  const again = async () => {
    try {
      if (!document.hidden) await once();
    } finally {
      setTimeout(again, every);
    }
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void once(); });
  document.addEventListener("reachable", () => void once(true));
  setTimeout(again, every);
}
