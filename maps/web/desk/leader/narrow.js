// A table on a narrow screen: one figure at a time, which its reader chooses.

import { byId, fill, make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";

/** @import {Formula} from "./types.js" */

const FIRST = "on_time";

/** @param {"township" | "squad"} by @param {Formula[]} formulas */
export function offerFigures(by, formulas) {
  const place = byId(`${by}-figure`);
  const before = place.querySelector("select")?.value ?? FIRST;
  const choice = make("select", {}, ...formulas.map(({ code, name }) => make("option", { value: code, selected: code === before }, name)));
  const show = () => {
    for (const cell of byId(by).querySelectorAll("[data-of]")) cell.classList.toggle("chosen", cell instanceof HTMLElement && cell.dataset.of === choice.value);
  };
  choice.addEventListener("change", show);
  fill(place, make("label", {}, make("span", { class: "label" }, word("leader.figure")), choice));
  show();
}
