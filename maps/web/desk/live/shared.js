// One line to the server for all pages of a browser, which has no more than six to one server. Runs
// as a shared worker: what the line tells goes to every page, in its order.

import { keepLine } from "../../shared/line.js";

/** @import {Told} from "../../shared/line.js" */

const BEAT_MS = 5_000;
/** @type {Set<MessagePort>} */
const pages = new Set();
/** Those that came while the line was cut: it goes on where it was, and they must read all. @type {Set<MessagePort>} */
const late = new Set();
let open = false;
let begun = false;

addEventListener("connect", (event) => {
  const [page] = /** @type {MessageEvent} */ (event).ports;
  page.addEventListener("message", () => leave(page));
  page.start();
  pages.add(page);
  tell(page, open ? "open" : "cut");
  if (begun) greet(page);
});

keepLine((told, data) => {
  if (told === "open" || told === "cut") open = told === "open";
  if (told === "ready" || told === "reset") {
    begun = true;
    late.clear();
  }
  spread(told, data);
  if (told === "open") late.forEach(greet);
});
setInterval(spread, BEAT_MS, "beat");

/** From here on a page is told everything. @param {MessagePort} page */
function greet(page) {
  if (!open) return void late.add(page);
  late.delete(page);
  tell(page, "ready");
}

/** @param {Told | "beat"} told @param {string} [data] */
function spread(told, data) {
  for (const page of pages) tell(page, told, data);
}

/** @param {MessagePort} page @param {Told | "beat"} told @param {string} [data] */
function tell(page, told, data = "{}") {
  page.postMessage({ told, data });
}

/** @param {MessagePort} page */
function leave(page) {
  pages.delete(page);
  late.delete(page);
}
