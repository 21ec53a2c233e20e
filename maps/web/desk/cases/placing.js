// Where it is: by a place that the address names, by a grid's number, or by a click on the map.

import { get, ifGiven, NotGiven, post, Refusal } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";
import { onPlace, showOnMap } from "./ground.js";

/** @import {Place} from "./types.js" */

/** @typedef {{code: string, name: string, area_m2: number, shape: {coordinates: number[][][][]}}} Grid */

const PAUSE_MS = 250;
const LISTED = 6;
const SHORTEST = 2;
/** A place that was found by words is nowhere known better. */
const BESIDE_M = 100;
/** The number of a grid tells a place, and is no address of it. */
export const A_GRID = /^\d{6,}$/;
const HERE = 1e-6;
let telling = 0;

/** @param {HTMLFormElement} form @param {() => void} changed */
export function preparePlace(form, changed) {
  const address = input(form, "address");
  let waiting = 0;
  address.addEventListener("input", () => {
    leave();
    clearTimeout(waiting);
    waiting = setTimeout(() => void offer(address.value.trim()), PAUSE_MS);
  });
  address.addEventListener("keydown", (event) => {
    const first = byId("found").querySelector("button");
    if (!first || !["Enter", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Enter") first.click();
    else first.focus();
  });
  onPlace((lon, lat) => settle(lon, lat));

  /** @param {string} text */
  async function offer(text) {
    const places = text.length < SHORTEST ? [] : await named(text).catch(nothing);
    if (!places || text !== address.value.trim()) return;
    fill(byId("found"), ...places.slice(0, LISTED).map(choice));
    if (!places.length && text.length >= SHORTEST && !placeOf(form)) say(word("call.none_found", { text }));
  }

  /** @param {Place} place */
  function choice(place) {
    const button = make("button", { type: "button" }, [place.name, place.township].filter(Boolean).join(" · "));
    button.addEventListener("click", () => {
      // A part of its name was a way to find it; a house number behind it stays.
      if (!A_GRID.test(address.value) && !address.value.includes(place.name)) address.value = place.name;
      settle(place.lon, place.lat, place.name, offBy(place));
      fill(byId("found"));
      /** @type {HTMLElement} */ (form.elements.namedItem("description")).focus();
    });
    return button;
  }

  /** @param {number} lon @param {number} lat @param {string} [name] @param {number | ""} [metres] how far it may be off, if that is known */
  function settle(lon, lat, name = "", metres = "") {
    set(form, lon.toFixed(6), lat.toFixed(6), address.value, String(metres));
    form.dispatchEvent(new Event("change"));
    showOnMap(lon, lat);
    void tell(lon, lat, name);
    changed();
  }

  /** Another address is not where the one before it was. */
  function leave() {
    const { value } = input(form, "placed");
    if (!value || value === address.value) return;
    set(form, "", "", "", "");
    say(word("call.place_left"));
    changed();
  }
}

/** How far what an address names may lie from it. @param {Place} place */
export function offBy({ metres }) {
  return Math.max(BESIDE_M, Math.round(metres ?? 0));
}

/** The point of the form, if there is one. @param {HTMLFormElement} form @returns {{lon: number, lat: number, accuracy_m: number | null} | null} */
export function placeOf(form) {
  const given = new FormData(form);
  const [lon, lat, metres] = ["lon", "lat", "accuracy"].map((name) => String(given.get(name)));
  return lon && lat ? { lon: Number(lon), lat: Number(lat), accuracy_m: metres ? Number(metres) : null } : null;
}

/** Says where the point of the form lies. @param {HTMLFormElement} form */
export async function showPlace(form) {
  const place = placeOf(form);
  if (place) await tell(place.lon, place.lat, "");
  else say(word("call.no_place"));
}

/** A point, with the address that stood there when it was chosen. @param {HTMLFormElement} form @param {string} lon @param {string} lat @param {string} placed @param {string} accuracy */
function set(form, lon, lat, placed, accuracy) {
  input(form, "lon").value = lon;
  input(form, "lat").value = lat;
  input(form, "placed").value = placed;
  input(form, "accuracy").value = accuracy;
  input(form, "address").setCustomValidity("");
}

/** @param {HTMLFormElement} form @param {string} name */
function input(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

/** A grid by its number, or the roads and places that the address names. @param {string} text @returns {Promise<Place[]>} */
export async function named(text) {
  if (A_GRID.test(text)) return [await grid(text)];
  /** @type {{items: Place[]}} */
  const { items } = await post("/api/addresses", { text, limit: LISTED });
  return items;
}

/** Where a grid is. @param {string} code @returns {Promise<Place>} */
export async function grid(code) {
  /** @type {Grid} */
  const found = await get(`/api/grids/${encodeURIComponent(code)}`);
  return gridPlace(found);
}

/** @param {Grid} found @returns {Place} */
export function gridPlace(found) {
  const corners = found.shape.coordinates.flat(2);
  const middle = (/** @type {number} */ axis) => {
    const along = corners.map((corner) => corner[axis]);
    return (Math.min(...along) + Math.max(...along)) / 2;
  };
  return { name: `${found.code} ${found.name}`, kind: null, township: null, lon: middle(0), lat: middle(1), metres: Math.sqrt(found.area_m2 / Math.PI) };
}

/** @param {number} lon @param {number} lat @param {string} name */
async function tell(lon, lat, name) {
  const mine = (telling += 1);
  const lies = await gridAt(lon, lat);
  if (mine === telling) say([name, `${lon.toFixed(5)}, ${lat.toFixed(5)}`, lies].filter(Boolean).join(" · "));
}

/** Empty where the server does not say. @param {number} lon @param {number} lat */
async function gridAt(lon, lat) {
  const around = [lon - HERE, lat - HERE, lon + HERE, lat + HERE].join(",");
  /** @type {{items: Grid[]} | null} */
  const found = await ifGiven(get(`/api/grids?limit=1&bbox=${around}`));
  if (!found) return "";
  return found.items.length ? found.items[0].name : word("call.no_grid");
}

/** Whatever is still being asked for comes too late. @param {string} text */
function say(text) {
  telling += 1;
  fill(byId("where"), text);
}

/** No such grid, or nobody there to ask. @param {unknown} failure @returns {Place[] | null} */
function nothing(failure) {
  if (!(failure instanceof NotGiven)) throw failure;
  return failure instanceof Refusal ? [] : null;
}
