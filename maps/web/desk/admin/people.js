// People: who there is, what they were given to do where, and what they prove it with.

import { fill, make } from "../../shared/dom.js";
import { word } from "../../shared/words.js";

/** @param {HTMLElement} place */
export function showPeople(place) {
  fill(place, make("p", { class: "quiet" }, word("people.lead")));
}
