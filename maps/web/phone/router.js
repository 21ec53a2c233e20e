// One view at a time, named by the address, so that the phone's own back button works.

import { byId, fill } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { NAME } from "./page.js";

/** @typedef {{title: string, content: HTMLElement[], focus?: HTMLElement}} View */

/** @type {Record<string, (argument: string) => View | Promise<View>>} */
let views = {};

/** How many views lie behind this one. */
let depth = 0;

/** @param {typeof views} given */
export function route(given) {
  views = given;
  depth = -1;
  window.addEventListener("hashchange", () => void enter());
  return enter();
}

/** To the view before, or to the first one where somebody came in elsewhere. */
export function back() {
  if (depth > 0) history.back();
  else void go();
}

/** @param {string} [place] */
export function go(place = "") {
  if (location.hash.slice(1) === place) return show();
  location.hash = place;
}

/** Back to the first view, which then is the only one behind: what was sent is not gone back to. */
export function home() {
  depth = 0;
  history.replaceState({ depth }, "", location.pathname);
  return show();
}

/** Where one is. */
export function here() {
  return location.hash.slice(1).split("/")[0];
}

function enter() {
  depth = history.state?.depth ?? depth + 1;
  history.replaceState({ depth }, "", location.pathname + location.hash);
  return show();
}

let turn = 0;

async function show() {
  turn += 1;
  const mine = turn;
  const [name, argument = ""] = location.hash.slice(1).split("/");
  const coming = (views[name] ?? views[""])(argument);
  if (coming instanceof Promise) loading();
  const view = await coming;
  // Whoever has gone on by then is not called back.
  if (mine !== turn) return;
  document.title = `${view.title} · ${word(`${NAME}.title`)}`;
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

function loading() {
  byId("content").replaceChildren();
  byId("content").setAttribute("aria-busy", "true");
}
