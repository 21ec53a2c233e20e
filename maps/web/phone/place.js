// Where a case is: its address, how far from here, and the way into the phone's own map.

import { fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { away } from "./bearing.js";
import { caseName } from "./names.js";
import { EVENT, position } from "./position.js";

/** @import {Case} from "./types.js" */

/** @param {Case} one */
export function placeOf(one) {
  const far = make("span", { class: "quiet far" });
  const show = () => {
    if (!far.isConnected && far.textContent) return document.removeEventListener(EVENT, show);
    fill(far, position.fix ? away(position.fix, one) : null);
  };
  show();
  document.addEventListener(EVENT, show);
  const link = make("a", { href: address(one), class: "button to-map" }, word("squad.open_map"));
  return make("div", { class: "place" }, make("p", {}, make("span", { class: "address" }, one.address ?? word("squad.no_address")), far), link);
}

/** RFC 5870, in WGS 84; the name is for maps that show one. @param {Case} one */
function address(one) {
  const at = `${one.lat.toFixed(6)},${one.lon.toFixed(6)}`;
  return `geo:${at}?q=${at}(${encodeURIComponent(caseName(one))})`;
}
