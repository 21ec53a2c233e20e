// Being signed in may end while a page is open: say so, keep what was typed, go on once it is back.

import { get, NotGiven, useToken } from "./api.js";
import { byId } from "./dom.js";
import { release } from "./holder.js";

/** @typedef {{login: string, csrf: string | null}} Account */

const banner = byId("signed-out");
const me = document.documentElement.dataset.login;
const NOBODY = "";
const tabs = new BroadcastChannel("signed-in");

document.addEventListener("signed-out", () => { banner.hidden = false; });
// Each page tells the others whose it is: somebody may have signed in again, or somebody else.
tabs.addEventListener("message", ({ data }) => { if (data === NOBODY) sessionStorage.clear(); if (data !== me || !banner.hidden) void look(); });
tabs.postMessage(me);
// What the browser kept of a page may be shown to whoever comes after.
window.addEventListener("pageshow", ({ persisted }) => { if (persisted) void look(); });
document.addEventListener("submit", ({ target }) => { if (target instanceof HTMLFormElement && target.action.endsWith("/sign-out")) leave(); });

/** The machine is nobody's from then on, also where there is no signal: nothing typed stays in any tab. */
function leave() {
  release();
  sessionStorage.clear();
  tabs.postMessage(NOBODY);
}

async function look() {
  try {
    /** @type {Account} */
    const { login, csrf } = await get("/api/account");
    if (login !== me) return void location.reload();
    useToken(csrf ?? "");
    banner.hidden = true;
    document.dispatchEvent(new Event("reachable"));
  } catch (failure) {
    if (!(failure instanceof NotGiven)) throw failure;
  }
}
