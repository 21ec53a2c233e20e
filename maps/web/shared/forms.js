// Sending a form, or pressing a button: nothing is sent twice and no failure is lost.

import { NotGiven } from "./api.js";
import { make } from "./dom.js";

/** @param {HTMLFormElement} form @param {(given: FormData, by: HTMLElement | null) => Promise<void>} send */
export function onSubmit(form, send) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(form, () => send(new FormData(form), event.submitter));
  });
}

/** Does something while the buttons of a place sleep; what is refused is told in the place. @param {HTMLElement} place @param {() => Promise<void>} work */
export async function attempt(place, work) {
  place.querySelector(":scope > .failure")?.remove();
  const buttons = [...place.querySelectorAll("button")].filter((button) => !button.disabled);
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (failure) {
    if (!(failure instanceof NotGiven)) throw failure;
    place.append(make("p", { class: "failure", role: "alert" }, failure.message));
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}
