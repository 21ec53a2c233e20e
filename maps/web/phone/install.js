// The page on the phone: kept for where there is no signal, and renewed without losing a word.

import { PAGE } from "./page.js";
import { allTaken } from "./photo.js";
import { here } from "./router.js";

/** Whether this page is of a version before the one that has taken over. */
let old = false;

export async function install() {
  if (!navigator.serviceWorker) return;
  let served = Boolean(navigator.serviceWorker.controller);
  const worker = await navigator.serviceWorker.register(`${PAGE}/worker.js`, { type: "module", scope: PAGE, updateViaCache: "none" }).catch(() => null);
  // An old browser, or no signal at the first visit: the page works, but only while the server is there.
  if (!worker) return;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // Not at the first visit: the page that came from the server is the one that is kept.
    old = served;
    served = true;
    void renew(worker);
  });
  worker.addEventListener("updatefound", () => worker.installing?.addEventListener("statechange", () => void renew(worker)));
  document.addEventListener("moved", () => void renew(worker));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) worker.update().catch(() => {}); });
  await renew(worker);
}

/** A report is being written, or a photo for it made: the new version waits until that is done, here and in every tab that it takes over. @param {ServiceWorkerRegistration} worker */
async function renew(worker) {
  await allTaken();
  if (here() !== "" || !navigator.serviceWorker.controller) return;
  if (old) location.reload();
  else worker.waiting?.postMessage("take over");
}

/** Asks that the phone does not clear away what waits when it runs short of room. */
export async function stay() {
  if (!navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || navigator.storage.persist();
}
