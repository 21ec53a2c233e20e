// One device: made with its token, given another one, shut out.

import { post } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { secret } from "../../shared/secret.js";
import { word } from "../../shared/words.js";
import { dialog } from "./dialog.js";
import { field, values } from "./field.js";

/** @import {Device} from "./devices.js" */
/** @import {Area} from "./types.js" */
/** @typedef {(secret?: HTMLElement) => Promise<void>} Changed */

/** @param {Area[]} squads @param {Changed} changed */
export function addDevice(squads, changed) {
  const input = (/** @type {string} */ name, looks = {}) => make("input", { name, autocomplete: "off", maxlength: 64, ...looks });
  const known = make("datalist", { id: "squads" }, ...squads.map(({ code, name }) => make("option", { value: code }, name)));
  const content = [field(word("devices.code"), input("code")), field(word("devices.name"), input("name"), word("devices.name_hint")), field(word("devices.squad"), input("squad", { list: "squads" })), known];
  void dialog(word("devices.add"), content, word("devices.add"), async (given) => {
    const { code, name, squad } = values(given);
    await changed(told(await post("/api/devices", { code, name: name ?? "", squad })));
  });
}

/** A button that gives it a token, with which the one before ends. @param {Device} device @param {Changed} changed */
export function newToken({ code, name }, changed) {
  return asking("devices.token", name, async () => changed(told(await post(`/api/devices/${encodeURIComponent(code)}/token`))));
}

/** A button that takes nothing more from it. @param {Device} device @param {Changed} changed */
export function disable({ code, name, disabled_at: disabled }, changed) {
  if (disabled) return null;
  return asking("devices.disable", name, async () => {
    await post(`/api/devices/${encodeURIComponent(code)}/disable`);
    await changed();
  });
}

/** @param {string} key @param {string} name @param {() => Promise<void>} act */
function asking(key, name, act) {
  const made = make("button", { type: "button" }, word(key));
  made.addEventListener("click", () => void dialog(`${word(key)}: ${name}`, [make("p", {}, word(`${key}_text`))], word(key), act));
  return made;
}

/** @param {{code: string, token: string}} made */
function told({ code, token }) {
  return secret(word("devices.token_of", { code }), { secret: token, until: null });
}
