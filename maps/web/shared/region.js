// A part of a page that loads: a skeleton first, then its content, or what went wrong.

import { NotGiven, Refusal } from "./api.js";
import { fill, make } from "./dom.js";
import { word } from "./words.js";

/** @param {HTMLElement} place @param {() => Promise<void>} load */
export async function region(place, load) {
  place.setAttribute("aria-busy", "true");
  try {
    await load();
    place.removeAttribute("aria-busy");
  } catch (failure) {
    if (!(failure instanceof NotGiven)) throw failure;
    const again = make("button", { type: "button" }, word("desk.retry"));
    again.addEventListener("click", () => region(place, load));
    fill(place, make("p", { class: "failure", role: "alert" }, word("desk.failed", { title: failure.message })), again);
    if (!(failure instanceof Refusal) || failure.problem.status === 401) document.addEventListener("reachable", () => again.isConnected && again.click(), { once: true });
  }
}
