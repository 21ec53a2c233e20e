// Where the phone is, for whoever wants to say it so, and how well it knows that.

import { byId } from "../shared/dom.js";
import { word } from "../shared/words.js";

/** @typedef {{lon: number, lat: number, accuracy_m: number}} Fix */

export const EVENT = "position";
const WAIT = { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 };

/** What was found, where that is what was chosen. @param {HTMLFormElement} form @returns {() => Fix | null} */
export function offerPosition(form) {
  if (!navigator.geolocation) return () => null;
  /** @type {Fix | null} */
  let fix = null;
  const told = byId("position");
  const choice = byId("by-position").querySelector("input");
  byId("by-position").hidden = false;
  const say = (/** @type {string} */ text) => {
    told.textContent = text;
    told.hidden = !text;
  };
  const found = (/** @type {GeolocationPosition} */ { coords }) => {
    fix = { lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.round(coords.accuracy) };
    say(word("resident.position_found", { metres: fix.accuracy_m }));
    form.dispatchEvent(new Event(EVENT));
  };
  choice?.addEventListener("change", () => {
    say(word("resident.position_asking"));
    navigator.geolocation.getCurrentPosition(found, () => say(word("resident.position_none")), WAIT);
  });
  form.addEventListener("change", () => { told.hidden = !choice?.checked || !told.textContent; });
  return () => (choice?.checked ? fix : null);
}
