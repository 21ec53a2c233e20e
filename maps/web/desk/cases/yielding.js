// Whether a squad has cases that could give way to one that presses more, as the server will judge:
// nobody has come to them yet.

import { word } from "../../shared/words.js";
import { cases, onChange, squads } from "../live/store.js";

const UNDER_WAY = ["dispatched", "accepted"];

/** So many of them make one crew free; none where they are too few. @param {string} code @param {number} priority */
function giving(code, priority) {
  const { busy, crews } = squads.get(code) ?? { busy: 1, crews: 1 };
  const needed = busy - crews + 1;
  const less = [...cases.values()].filter((one) => one.squad === code && UNDER_WAY.includes(one.state) && !one.suspended_until && one.priority < priority);
  return needed <= less.length ? needed : 0;
}

/** Offers a button only while that is so, and says on it how many would wait. @param {HTMLElement} button @param {string} squad @param {number} priority */
export function offerWhile(button, squad, priority) {
  button.dataset.yields = squad;
  button.dataset.to = String(priority);
  look(button);
}

/** @param {HTMLElement} button */
function look(button) {
  const n = giving(String(button.dataset.yields), Number(button.dataset.to));
  button.hidden = n < 1;
  button.textContent = word("send.preempt", { n });
}

const lookAgain = () => {
  for (const button of /** @type {Iterable<HTMLElement>} */ (document.querySelectorAll("[data-yields]"))) look(button);
};
onChange("cases", lookAgain);
onChange("squads", lookAgain);
