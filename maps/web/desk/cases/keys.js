// The desk by keyboard: j and k go through the queue, Enter opens, / searches, m shows the map, n
// takes a call, t shows the lists, p proposes, f filters.

import { byId } from "../../shared/dom.js";
import { focusMap } from "../map/board.js";
import { focusFilter } from "./filter.js";
import { turn } from "./views.js";

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const act = ACTS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** @type {Record<string, () => void>} */
const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => byId("search").focus(),
  m: () => { turn("map"); focusMap(); },
  n: () => { turn("call"); /** @type {HTMLElement | null} */ (document.querySelector("#call [name=channel]"))?.focus(); },
  t: () => { turn("lists"); byId("lists").focus(); },
  f: focusFilter,
  p: () => document.getElementById("propose")?.click(),
};

/** @param {EventTarget | null} target */
function typing(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select, dialog *");
}

/** @param {number} by */
function move(by) {
  const rows = /** @type {HTMLElement[]} */ ([...byId("list").querySelectorAll("a.entry:not([hidden])")]);
  const at = rows.findIndex((row) => row === document.activeElement);
  const open = rows.findIndex((row) => row.hasAttribute("aria-current"));
  rows[Math.min(rows.length - 1, Math.max(0, (at < 0 ? open : at) + by))]?.focus();
}
