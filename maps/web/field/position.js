// Where the phone is, and how well it knows that.

/** @import {Fix} from "./types.js" */

/** Metres: the first is fine, beyond the second it is poor. */
const GOOD_M = 30;
const POOR_M = 100;
/** A better fix that is older is no better: its bearer walks. */
const OLD_MS = 20_000;

/** @typedef {"asking" | "refused" | "none" | "poor" | "fair" | "good"} Quality */

export const EVENT = "position";

/** @type {{fix: Fix | null, since: number, trouble: "refused" | "none" | null}} */
export const position = { fix: null, since: 0, trouble: null };
/** @type {number | null} */
let watching = null;

export function locate() {
  if (watching !== null) return;
  position.since = Date.now();
  position.trouble = null;
  if (!navigator.geolocation) return fail("none");
  watching = navigator.geolocation.watchPosition(take, ({ code }) => fail(code === 1 ? "refused" : "none"), {
    enableHighAccuracy: true,
    maximumAge: 10_000,
    timeout: 30_000,
  });
}

export function rest() {
  if (watching !== null) navigator.geolocation.clearWatch(watching);
  watching = null;
}

/** @param {GeolocationPosition} found */
function take({ coords, timestamp }) {
  const fix = { lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.round(coords.accuracy), at: timestamp };
  const old = position.fix === null || timestamp - position.fix.at > OLD_MS;
  position.trouble = null;
  if (old || fix.accuracy_m <= (position.fix?.accuracy_m ?? Infinity)) position.fix = fix;
  document.dispatchEvent(new Event(EVENT));
}

/** @param {"refused" | "none"} trouble */
function fail(trouble) {
  position.trouble = trouble;
  if (trouble === "refused") rest();
  document.dispatchEvent(new Event(EVENT));
}

/** @param {Fix | null} fix @returns {Quality} */
export function quality(fix) {
  if (!fix) return position.trouble ?? "asking";
  if (fix.accuracy_m <= GOOD_M) return "good";
  return fix.accuracy_m <= POOR_M ? "fair" : "poor";
}
