// Where it is: by a place that the address names, by a grid's number, or by a click on the map.

import { get, post, Refusal, Unreachable } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";
import { onPlace, showOnMap } from "../mapframe.js";

/** @import {Place} from "./types.js" */

/** @typedef {{code: string, name: string, shape: {coordinates: number[][][][]}}} Grid */

const PAUSE_MS = 250;
const LISTED = 6;
const SHORTEST = 2;
const A_GRID = /^\d{6,}$/;
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
    fill(byId("found"), ...places.slice(0, LISTED).map(choice));
  }

  /** @param {Place} place */
  function choice(place) {
    const button = make("button", { type: "button" }, [place.name, place.township].filter(Boolean).join(" · "));
    button.addEventListener("click", () => {
      settle(place.lon, place.lat, place.name);
      fill(byId("found"));
      /** @type {HTMLElement} */ (form.elements.namedItem("description")).focus();
    });
    return button;
  }

  /** @param {number} lon @param {number} lat @param {string} [name] */
  function settle(lon, lat, name = "") {
    set(form, lon.toFixed(6), lat.toFixed(6), address.value);
    form.dispatchEvent(new Event("change"));
    showOnMap(lon, lat);
    void tell(lon, lat, name);
    changed();
  }

  /** Another address is not where the one before it was. */
  function leave() {
    const { value } = input(form, "placed");
    if (!value || value === address.value) return;
    set(form, "", "", "");
    say(word("call.place_left"));
    changed();
  }
}

/** The point of the form, if there is one. @param {HTMLFormElement} form @returns {{lon: number, lat: number} | null} */
export function placeOf(form) {
  const given = new FormData(form);
  const [lon, lat] = [String(given.get("lon")), String(given.get("lat"))];
  return lon && lat ? { lon: Number(lon), lat: Number(lat) } : null;
}

/** Says where the point of the form lies. @param {HTMLFormElement} form */
export async function showPlace(form) {
  const place = placeOf(form);
  if (place) await tell(place.lon, place.lat, "");
  else say(word("call.no_place"));
}

/** A point, with the address that stood there when it was chosen. @param {HTMLFormElement} form @param {string} lon @param {string} lat @param {string} placed */
function set(form, lon, lat, placed) {
  input(form, "lon").value = lon;
  input(form, "lat").value = lat;
  input(form, "placed").value = placed;
  input(form, "address").setCustomValidity("");
}

/** @param {HTMLFormElement} form @param {string} name */
function input(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

/** A grid by its number, or the roads and places that the address names. @param {string} text @returns {Promise<Place[]>} */
async function named(text) {
  if (A_GRID.test(text)) return [await grid(text)];
  /** @type {{items: Place[]}} */
  const { items } = await post("/api/addresses", { text, limit: LISTED });
  return items;
}

/** @param {string} code @returns {Promise<Place>} */
async function grid(code) {
  /** @type {Grid} */
  const found = await get(`/api/grids/${encodeURIComponent(code)}`);
  const corners = found.shape.coordinates.flat(2);
  const middle = (/** @type {number} */ axis) => {
    const along = corners.map((corner) => corner[axis]);
    return (Math.min(...along) + Math.max(...along)) / 2;
  };
  return { name: `${found.code} ${found.name}`, kind: null, township: null, lon: middle(0), lat: middle(1) };
}

/** @param {number} lon @param {number} lat @param {string} name */
async function tell(lon, lat, name) {
  const mine = (telling += 1);
  const around = [lon - HERE, lat - HERE, lon + HERE, lat + HERE].join(",");
  /** @type {{items: Grid[]}} */
  const { items } = await get(`/api/grids?limit=1&bbox=${around}`).catch(() => ({ items: [] }));
  const lies = items.length ? word("cases.grid", { code: items[0].code }) : word("call.no_grid");
  if (mine === telling) say([name, `${lon.toFixed(5)}, ${lat.toFixed(5)}`, lies].filter(Boolean).join(" · "));
}

/** Whatever is still being asked for comes too late. @param {string} text */
function say(text) {
  telling += 1;
  fill(byId("where"), text);
}

/** @param {unknown} failure @returns {Place[]} */
function nothing(failure) {
  if (!(failure instanceof Refusal || failure instanceof Unreachable)) throw failure;
  return [];
}
