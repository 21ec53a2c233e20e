// A line to the server, on which it tells what happens. The browser goes on after the last event
// that it heard; where it cannot, the server says so by `ready` or `reset`.

/** @typedef {"open" | "cut" | "ready" | "reset" | "incident" | "gone" | "squads" | "layer"} Told */
/** @typedef {(told: Told, data: string) => void} Tell */

const AGAIN_MS = [1_000, 2_000, 5_000, 15_000];
/** The server marks a line every 15 seconds: one that brings nothing for so long is dead, though nobody has closed it. */
const SILENT_MS = 45_000;
/** @type {Told[]} */
const TOLD = ["ready", "reset", "incident", "gone", "squads", "layer"];
let failed = 0;

/** @param {Tell} tell @param {string} [path] */
export function keepLine(tell, path = "/api/stream") {
  const source = new EventSource(path);
  let silent = 0;
  const anew = () => {
    clearTimeout(silent);
    source.close();
    tell("cut", "{}");
    setTimeout(keepLine, AGAIN_MS[Math.min(failed++, AGAIN_MS.length - 1)], tell, path);
  };
  const lives = () => {
    clearTimeout(silent);
    silent = setTimeout(anew, SILENT_MS);
  };
  source.addEventListener("open", () => {
    failed = 0;
    lives();
    tell("open", "{}");
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) return anew();
    lives();
    tell("cut", "{}");
  });
  source.addEventListener("mark", lives);
  for (const told of TOLD) {
    source.addEventListener(told, ({ data }) => {
      lives();
      tell(told, data);
    });
  }
  lives();
}
