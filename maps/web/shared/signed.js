// Being signed in may end while a page is open: say so, keep what was typed, go on once it is back.

import { get, Refusal, Unreachable, useToken } from "./api.js";
import { byId } from "./dom.js";

/** @typedef {{login: string, csrf: string | null}} Account */

const banner = byId("signed-out");
const me = document.documentElement.dataset.login;

document.addEventListener("signed-out", () => { banner.hidden = false; });
document.addEventListener("visibilitychange", () => { if (!document.hidden && !banner.hidden) void look(); });
// A page that the browser kept may belong to somebody who has left this device.
window.addEventListener("pageshow", (event) => { if (event.persisted) void look(); });

async function look() {
  try {
    /** @type {Account} */
    const { login, csrf } = await get("/api/account");
    if (login !== me) return void location.reload();
    useToken(csrf ?? "");
    banner.hidden = true;
    document.dispatchEvent(new Event("reachable"));
  } catch (failure) {
    if (!(failure instanceof Refusal || failure instanceof Unreachable)) throw failure;
  }
}
