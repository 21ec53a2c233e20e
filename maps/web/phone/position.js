// Where the phone is, and how well it knows that.

/** @import {Fix} from "./types.js" */

/** Metres: the first is fine, beyond the second it is poor. */
const GOOD_M = 30;
const POOR_M = 100;
/** An older fix is none: its bearer walks. */
const OLD_MS = 30_000;

/** @typedef {"asking" | "refused" | "none" | "poor" | "fair" | "good"} Quality */

export const EVENT = "position";

/** @type {{fix: Fix | null, since: number, trouble: "refused" | "none" | null}} */
export const position = { fix: null, since: 0, trouble: null };
/** @type {number | null} */
let watching = null;

export function locate() {
  const fresh = position.fix !== null && !isOld(position.fix);
  if (watching !== null && (fresh || position.fix === null)) return;
  // Where nothing moves nothing is told: asked anew, it is told anew.
  rest();
  if (!fresh) position.fix = null;
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
function take({ coords }) {
  const fix = { lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.round(coords.accuracy), at: Date.now() };
  position.trouble = null;
  if (position.fix === null || isOld(position.fix) || fix.accuracy_m <= (position.fix?.accuracy_m ?? Infinity)) position.fix = fix;
  document.dispatchEvent(new Event(EVENT));
}

/** By this phone's clock alone: what receivers tell of the time is not always true. @param {Fix} fix */
function isOld({ at }) {
  return Date.now() - at > OLD_MS;
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
