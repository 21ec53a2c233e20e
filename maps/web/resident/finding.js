// Finding a matter by its name, where there are more than fit on a screen.

import { byId } from "../shared/dom.js";

const FEW = 8;

/** @param {HTMLFormElement} form */
export function findMatters(form) {
  const find = /** @type {HTMLInputElement} */ (byId("find"));
  const matters = /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll(".matter"));
  if (matters.length <= FEW) return;
  find.hidden = false;
  // Enter is for what was found, and not for sending what is half written.
  find.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    for (const matter of matters) {
      const chosen = matter.querySelector("[name=matter]:checked") !== null;
      matter.hidden = !chosen && !matter.textContent?.toLowerCase().includes(wanted);
    }
    for (const group of form.querySelectorAll("section:has(.matter)")) {
      /** @type {HTMLElement} */ (group).hidden = !group.querySelector(".matter:not([hidden])");
    }
    byId("none").hidden = [...matters].some((matter) => !matter.hidden);
  });
}
