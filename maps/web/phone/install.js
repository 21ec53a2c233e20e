// The page on the phone: kept for where there is no signal, and renewed without losing a word.

import { PAGE } from "./page.js";
import { here } from "./router.js";

export async function install() {
  if (!navigator.serviceWorker) return;
  let served = Boolean(navigator.serviceWorker.controller);
  const worker = await navigator.serviceWorker.register(`${PAGE}/worker.js`, { type: "module", scope: PAGE, updateViaCache: "none" }).catch(() => null);
  // An old browser, or no signal at the first visit: the page works, but only while the server is there.
  if (!worker) return;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // Not at the first visit: the page that came from the server is the one that is kept.
    if (served) location.reload();
    served = true;
  });
  worker.addEventListener("updatefound", () => worker.installing?.addEventListener("statechange", () => renew(worker)));
  // A report is being written: the new version waits until that is done.
  document.addEventListener("moved", () => renew(worker));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) worker.update().catch(() => {}); });
  renew(worker);
}

/** @param {ServiceWorkerRegistration} worker */
function renew(worker) {
  if (here() === "" && navigator.serviceWorker.controller) worker.waiting?.postMessage("take over");
}

/** Asks that the phone does not clear away what waits when it runs short of room. */
export async function stay() {
  if (!navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || navigator.storage.persist();
}
