// Where an order is: its address, how far from here, and the way into the phone's own map.

import { fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { caseName } from "../phone/names.js";
import { EVENT, position } from "../phone/position.js";
import { away } from "./bearing.js";

/** @import {Order} from "../phone/types.js" */

/** @param {Order} order */
export function placeOf(order) {
  const far = make("span", { class: "quiet far" });
  const show = () => {
    if (!far.isConnected && far.textContent) return document.removeEventListener(EVENT, show);
    fill(far, position.fix ? away(position.fix, order) : null);
  };
  show();
  document.addEventListener(EVENT, show);
  const link = make("a", { href: address(order), class: "button to-map" }, word("squad.open_map"));
  return make("div", { class: "place" }, make("p", {}, make("span", { class: "address" }, order.address ?? word("squad.no_address")), far), link);
}

/** RFC 5870, in WGS 84; the name is for maps that show one. @param {Order} order */
function address(order) {
  const at = `${order.lat.toFixed(6)},${order.lon.toFixed(6)}`;
  return `geo:${at}?q=${at}(${encodeURIComponent(caseName(order))})`;
}
