// Asks again and again what is new, while somebody looks.

const EVERY_MS = 15_000;

/** @param {() => Promise<void>} ask */
export function poll(ask) {
  const again = async () => {
    if (!document.hidden) await ask();
    setTimeout(again, EVERY_MS);
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void ask(); });
  document.addEventListener("reachable", () => void ask());
  setTimeout(again, EVERY_MS);
}
