// Hearing of orders at once, also while nobody looks at the page: the server says that something
// happened to what one's squads have or had, and it is read.

import { keepLine } from "../shared/line.js";

const PATH = "/api/stream?orders=true";
const NEWS = ["incident", "gone", "ready", "reset"];

/** @param {() => Promise<void>} read @returns {() => boolean} whether news come by themselves */
export function listen(read) {
  let live = false;
  keepLine((told) => {
    if (told === "open" || told === "cut") live = told === "open";
    if (NEWS.includes(told)) void read();
  }, PATH);
  return () => live && navigator.onLine;
}
