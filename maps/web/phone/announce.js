// A word on what has just been done, seen and read aloud, that goes away by itself.

import { byId } from "../shared/dom.js";

const SHOWN_MS = 6000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
document.addEventListener("moved", hide);

/** @param {string} text */
export function announce(text) {
  const place = byId("said");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(hide, SHOWN_MS);
}

function hide() {
  byId("said").hidden = true;
}
