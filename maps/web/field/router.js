// One view at a time, named by the address, so that the phone's own back button works.

import { byId, fill } from "../shared/dom.js";
import { word } from "../shared/words.js";

/** @typedef {{title: string, content: HTMLElement[], focus?: HTMLElement}} View */

/** @type {Record<string, (argument: string) => View | Promise<View>>} */
let views = {};

/** @param {typeof views} given */
export function route(given) {
  views = given;
  window.addEventListener("hashchange", () => void show());
  return show();
}

/** @param {string} [place] */
export function go(place = "") {
  if (location.hash.slice(1) === place) return show();
  location.hash = place;
}

/** Back to the first view, which then is the only one behind: what was sent is not gone back to. */
export function home() {
  history.replaceState(null, "", location.pathname);
  return show();
}

/** Where one is. */
export function here() {
  return location.hash.slice(1).split("/")[0];
}

async function show() {
  const [name, argument = ""] = location.hash.slice(1).split("/");
  const view = await (views[name] ?? views[""])(argument);
  document.title = `${view.title} · ${word("field.title")}`;
  const main = byId("content");
  const heading = main.ownerDocument.createElement("h1");
  heading.textContent = view.title;
  heading.tabIndex = -1;
  heading.className = name ? "" : "seen-by-readers";
  fill(main, heading, ...view.content);
  byId("back").hidden = !name;
  document.documentElement.dataset.view = name || "home";
  (view.focus ?? heading).focus({ preventScroll: true });
  window.scrollTo(0, 0);
  document.dispatchEvent(new Event("moved"));
}
