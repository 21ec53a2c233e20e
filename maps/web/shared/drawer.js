// A drawer at the side of the page: one thing in full, over the list that it came from.

import { make } from "./dom.js";
import { word } from "./words.js";

/**
 * Opens it with a title and a place to be filled. Escape, its button, a click beside it and another place in the address close it.
 * @param {string} title @param {() => void} [closed] @returns {{place: HTMLElement, title: HTMLElement, dialog: HTMLDialogElement}}
 */
export function drawer(title, closed) {
  const name = make("h2", { id: "drawer-title" }, title);
  const shut = make("button", { type: "button", class: "shut", "aria-label": word("desk.close") }, "×");
  const place = make("div", { class: "stack" });
  const dialog = make("dialog", { class: "drawer", "aria-labelledby": "drawer-title" }, make("header", {}, name, shut), place);
  const close = () => dialog.close();
  shut.addEventListener("click", close);
  window.addEventListener("hashchange", close);
  dialog.addEventListener("pointerdown", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    window.removeEventListener("hashchange", close);
    dialog.remove();
    closed?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { place, title: name, dialog };
}
