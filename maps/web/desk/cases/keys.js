// The desk by keyboard: j and k go through the queue, Enter opens, / searches, n takes a call.

import { byId } from "../../shared/dom.js";

/** @param {() => void} call Shows the part in which a call is taken. */
export function listenToKeys(call) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const act = { j: () => move(1), k: () => move(-1), "/": () => byId("search").focus(), n: () => take(call) }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

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

/** @param {() => void} call */
function take(call) {
  call();
  /** @type {HTMLElement} */ (document.querySelector("#call [name=channel]")).focus();
}
