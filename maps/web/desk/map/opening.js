// Whether there is a map at all: a browser that can draw one, and a screen with room for it.

import { byId } from "../../shared/dom.js";
import { openBoard } from "./board.js";
import { drawable } from "./library.js";

const ROOM = window.matchMedia("(min-width: 901px)");

/** @param {HTMLElement} page */
export async function prepareBoard(page) {
  if (!drawable()) byId("no-map").hidden = false;
  else if (ROOM.matches) return void (await openBoard());
  else ROOM.addEventListener("change", () => { page.classList.remove("no-board"); void openBoard(); }, { once: true });
  page.classList.add("no-board");
}
