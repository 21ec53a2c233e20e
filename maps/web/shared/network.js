// Says that the server is away, and when it is back.

import { byId } from "./dom.js";

const EVERY_MS = 3000;
const banner = byId("offline");
let watching = false;

document.addEventListener("unreachable", watch);
window.addEventListener("offline", watch);

function watch() {
  banner.hidden = false;
  if (!watching) setTimeout(look, EVERY_MS);
  watching = true;
}

async function look() {
  const back = await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false);
  if (!back) return void setTimeout(look, EVERY_MS);
  watching = false;
  banner.hidden = true;
  document.dispatchEvent(new Event("reachable"));
}
