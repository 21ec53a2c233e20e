// The service worker: gives the page where there is no signal, and sends what waits when no page is
// open. It keeps the shell only. What people read and write lies in the page's own store, by person.

import { drain } from "./outbox/sender.js";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
/** This version's files: /assets/<digest>/ */
const base = new URL("../", import.meta.url).pathname;

let page = "";
/** Of each page apart: they are renewed each in its own time. */
let prefix = "";
let shelf = "";

/** @param {string} name  The page. @param {string[]} files  What it needs, by name below `base`. */
export function serve(name, files) {
  page = `/${name}`;
  prefix = `${name}-`;
  shelf = prefix + base;
  worker.addEventListener("install", (event) => event.waitUntil(fetchAll(files)));
  worker.addEventListener("activate", (event) => event.waitUntil(begin()));
  worker.addEventListener("message", ({ data }) => { if (data === "take over") void worker.skipWaiting(); });
  worker.addEventListener("fetch", (event) => {
    const answer = respond(event.request);
    if (answer) event.respondWith(answer);
  });
  worker.addEventListener("sync", (event) => /** @type {any} */ (event).waitUntil(sendAll()));
}

/** @param {string[]} files */
async function fetchAll(files) {
  const cache = await caches.open(shelf);
  await cache.addAll(files.map((file) => base + file));
  await cache.add(new Request(page, { cache: "reload" }));
}

/** Files of older versions go only now: a page of theirs may still have wanted them. */
async function begin() {
  for (const name of await caches.keys()) if (name.startsWith(prefix) && name !== shelf) await caches.delete(name);
  await worker.clients.claim();
}

/** What this worker answers itself. @param {Request} request @returns {Promise<Response> | null} */
function respond(request) {
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return null;
  if (request.mode === "navigate" && pathname === page) return searchParams.has("lang") ? otherLanguage(request) : kept(page, request);
  return pathname.startsWith(base) ? kept(pathname, request) : null;
}

/** @param {string} path @param {Request} request */
async function kept(path, request) {
  return (await lying(path)) ?? fetch(request);
}

/** The language was changed: the page in it is the one to keep from now on. @param {Request} request */
async function otherLanguage(request) {
  const answer = await fetch(request).catch(() => null);
  if (!answer) return (await lying(page)) ?? Response.error();
  const copy = answer.clone();
  if (answer.ok) await caches.open(shelf).then((cache) => cache.put(page, copy)).catch(() => {});
  return answer;
}

/** What lies on the shelf, if the browser opens it: a full phone may not. @param {string} path */
function lying(path) {
  return caches.open(shelf).then((cache) => cache.match(path)).catch(() => undefined);
}

/** The browser tries again by itself what fails here. */
async function sendAll() {
  const { left, why } = await drain();
  if (left > 0 || why === "unreachable") throw new Error("something still waits");
}
