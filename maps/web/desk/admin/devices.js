// Devices of squads: what was heard of each last, and why what it sends does not count.

import { all } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { time } from "../../shared/formats.js";
import { word } from "../../shared/words.js";
import { addDevice, disable, newToken } from "./device.js";
import { field } from "./field.js";

/**
 * @typedef {object} Device
 * @property {string} code
 * @property {string} name
 * @property {string} squad
 * @property {string} squad_name
 * @property {boolean} has_token
 * @property {string | null} disabled_at
 * @property {string | null} heard_at
 * @property {string | null} accepted_at
 * @property {string | null} refused
 * @property {string | null} refused_at
 */
/** @import {Area} from "./types.js" */

const SHOWN = 200;

/** @param {HTMLElement} place */
export async function showDevices(place) {
  /** @type {[Device[], Area[]]} */
  const [devices, squads] = await Promise.all([all("/api/devices"), all("/api/squads")]);
  const again = make("button", { type: "button" }, word("devices.again"));
  const add = make("button", { type: "button", class: "primary" }, word("devices.add"));
  const list = make("div", { class: "stack" });
  /** @param {HTMLElement} [secret] */
  const changed = async (secret) => {
    await showDevices(place);
    if (secret) place.prepend(secret);
  };
  again.addEventListener("click", () => void changed());
  add.addEventListener("click", () => addDevice(squads, changed));
  const lead = make("div", { class: "row lead" }, make("p", { class: "quiet" }, word("devices.lead")), make("div", { class: "row" }, again, add));
  fill(place, lead, ...(devices.length ? [finder((text) => show(list, devices.filter((one) => isLike(one, text)), changed)), list] : [none()]));
}

function none() {
  return make("section", { class: "card stack" }, make("p", {}, word("devices.none")));
}

/** @param {(text: string) => void} find */
function finder(find) {
  const text = make("input", { type: "search", name: "find", autocomplete: "off" });
  const form = make("form", { class: "row filters" }, field(word("devices.find"), text));
  form.addEventListener("input", () => find(text.value));
  form.addEventListener("submit", (event) => event.preventDefault());
  find("");
  return form;
}

/** @param {Device} device @param {string} typed */
function isLike(device, typed) {
  const wanted = typed.trim().toLowerCase();
  return [device.code, device.name, device.squad, device.squad_name].some((text) => text.toLowerCase().includes(wanted));
}

/** @param {HTMLElement} list @param {Device[]} devices @param {(secret?: HTMLElement) => Promise<void>} changed */
function show(list, devices, changed) {
  const some = devices.slice(0, SHOWN);
  const heads = ["device", "squad", "heard", "accepted", "refused"].map((name) => make("th", { scope: "col" }, word(`devices.${name}`)));
  fill(list, make("p", { class: "quiet small", role: "status" }, word("devices.count", { shown: some.length, n: devices.length })),
    make("table", { class: "cards" }, make("thead", {}, make("tr", {}, ...heads, make("td", {}))), make("tbody", {}, ...some.map((device) => row(device, changed)))));
}

/** @param {Device} device @param {(secret?: HTMLElement) => Promise<void>} changed */
function row(device, changed) {
  const { code, name, squad_name: squad, heard_at: heard, accepted_at: accepted } = device;
  return make("tr", { class: device.disabled_at ? "over" : "" },
    make("td", {}, make("strong", {}, name), make("span", { class: "quiet small code" }, code), standing(device)),
    cell("squad", squad), cell("heard", heard ? time(heard) : word("devices.never")), cell("accepted", accepted && time(accepted)),
    cell("refused", refusal(device)), make("td", {}, make("div", { class: "row" }, newToken(device, changed), disable(device, changed))));
}

/** @param {Device} device */
function standing({ disabled_at: disabled, has_token: has }) {
  if (disabled) return make("span", { class: "small" }, word("devices.disabled", { time: time(disabled) }));
  return has ? null : make("span", { class: "small" }, word("devices.no_token"));
}

/** @param {Device} device */
function refusal({ refused, refused_at: at }) {
  return refused && `${time(at ?? "")} ${word(`device.refused.${refused}`)}`;
}

/** @param {string} name @param {string | null} text */
function cell(name, text) {
  return make("td", { "data-label": word(`devices.${name}`), class: text ? "" : "empty" }, text ?? "");
}
