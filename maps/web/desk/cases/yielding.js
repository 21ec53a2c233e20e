// Whether a squad has cases that could give way to one that presses more, as the server will judge:
// nobody has come to them yet.

import { cases, onChange, squads } from "../live/store.js";

const UNDER_WAY = ["dispatched", "accepted"];

/** @param {string} code @param {number} priority */
function gives(code, priority) {
  const { busy, crews } = squads.get(code) ?? { busy: 1, crews: 1 };
  const less = [...cases.values()].filter((one) => one.squad === code && UNDER_WAY.includes(one.state) && !one.suspended_until && one.priority < priority);
  return less.length > busy - crews;
}

/** Offers a button only while that is so. @param {HTMLElement} button @param {string} squad @param {number} priority */
export function offerWhile(button, squad, priority) {
  button.dataset.yields = squad;
  button.dataset.to = String(priority);
  look(button);
}

/** @param {HTMLElement} button */
function look(button) {
  button.hidden = !gives(String(button.dataset.yields), Number(button.dataset.to));
}

const lookAgain = () => {
  for (const button of /** @type {Iterable<HTMLElement>} */ (document.querySelectorAll("[data-yields]"))) look(button);
};
onChange("cases", lookAgain);
onChange("squads", lookAgain);
