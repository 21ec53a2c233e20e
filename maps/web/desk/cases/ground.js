// Where a call's place is shown and chosen: on the map of the desk, or where there is none on the
// picture of one below the form.

import { byId } from "../../shared/dom.js";
import { onGround, showPlace } from "../map/board.js";
import * as frame from "../mapframe.js";
import { view } from "./views.js";

/** @typedef {(lon: number, lat: number) => void} Listener */

/** The form of a correction, which takes a click as long as it stands there. @type {{form: Element, listener: Listener} | null} */
let correcting = null;

/** Of a call. @param {Listener} listener */
export function onPlace(listener) {
  /** @type {(lon: number, lat: number) => boolean} */
  const hear = (lon, lat) => {
    const heard = correcting?.form.isConnected ? correcting.listener : view() === "call" && listener;
    if (heard) heard(lon, lat);
    return Boolean(heard);
  };
  frame.onPlace(hear);
  onGround(hear);
}

/** @param {Element} form @param {Listener} listener */
export function onPlaceFor(form, listener) {
  correcting = { form, listener };
}

/** @param {number} lon @param {number} lat */
export function showOnMap(lon, lat) {
  frame.showOnMap(lon, lat);
  showPlace(lon, lat);
}

/** The picture, asked for only where nothing better can be drawn. */
export function showPicture() {
  if (byId("cases").classList.contains("no-board")) /** @type {HTMLIFrameElement} */ (byId("map")).src = `/maps/incidents.html?lang=${document.documentElement.lang}`;
}
