// What the server tells by itself, by the line that all pages of this browser share; a browser that
// knows no shared workers has one for each page.

import { keepLine } from "../../shared/line.js";
import { dropCase, putCase, putSquad } from "./store.js";

/** @import {Tell, Told} from "../../shared/line.js" */
/** @typedef {{live: (now: boolean) => void, readAll: () => void, layer: (name: string) => void}} Hears */

/** A worker that lives says so every few seconds. */
const SILENT_MS = 20_000;
let live = false;
let heard = 0;

/** Whether news come by themselves. */
export function isLive() {
  return live;
}

/** @param {Hears} hears */
export function listen(hears) {
  /** @type {Record<Told, (said: any) => void>} */
  const acts = {
    open: () => say(true, hears), cut: () => say(false, hears), ready: hears.readAll, reset: hears.readAll,
    incident: putCase, gone: ({ id }) => dropCase(id), squads: ({ items }) => items.forEach(putSquad), layer: ({ layer }) => hears.layer(layer),
  };
  /** @type {Tell} */
  const hear = (told, data) => acts[told](JSON.parse(data));
  if (typeof SharedWorker === "undefined") keepLine(hear);
  else share(hear);
}

/** @param {Tell} hear */
function share(hear) {
  let port = join(hear);
  const anew = () => {
    port.postMessage("bye");
    port.close();
    port = join(hear);
  };
  setInterval(() => {
    if (Date.now() - heard < SILENT_MS) return;
    hear("cut", "{}");
    anew();
  }, SILENT_MS / 2);
  window.addEventListener("pagehide", () => port.postMessage("bye"));
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) anew(); });
}

/** Each person's pages have a line of their own: the server tells on it what that person may see. @param {Tell} hear */
function join(hear) {
  const name = `live ${document.documentElement.dataset.login}`;
  const { port } = new SharedWorker(new URL("./shared.js", import.meta.url), { type: "module", name });
  port.onmessage = ({ data: { told, data } }) => {
    heard = Date.now();
    if (told !== "beat") hear(told, data);
  };
  heard = Date.now();
  return port;
}

/** @param {boolean} now @param {Hears} hears */
function say(now, hears) {
  if (now === live) return;
  live = now;
  hears.live(now);
}
