// A button that opens the phone's camera, and hands over what it took, made small.

import { make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { expect, shrink } from "./photo.js";

/** @import {Child} from "../shared/dom.js" */
/** @import {Photo} from "./outbox/items.js" */

/**
 * @param {Record<string, string | boolean>} attributes of the button
 * @param {string} kind what the photo shows
 * @param {(photos: Photo[]) => Promise<void>} take
 * @param {...Child} label
 */
export function camera(attributes, kind, take, ...label) {
  const input = make("input", { type: "file", accept: "image/*", capture: "environment" });
  const whole = make("label", { ...attributes, class: `camera ${attributes.class ?? ""}` }, input, ...label);
  input.addEventListener("change", () => expect(taken()));
  const unread = make("p", { class: "failure", role: "alert" }, word("field.no_picture"));
  const taken = async () => {
    unread.remove();
    const files = [...(input.files ?? [])];
    input.value = "";
    whole.setAttribute("aria-busy", "true");
    try {
      await take(await Promise.all(files.map(async (file) => ({ id: crypto.randomUUID(), kind, picture: await shrink(file) }))));
    } catch (failure) {
      if (!(failure instanceof TypeError)) throw failure;
      whole.after(unread);
    } finally {
      whole.removeAttribute("aria-busy");
    }
  };
  return whole;
}

export function lens() {
  return make("span", { class: "lens", "aria-hidden": "true" });
}

/** The pictures taken so far, each to be taken out again. @param {Photo[]} photos @param {(photo: Photo) => void} out */
export function pictures(photos, out) {
  return photos.map((photo, i) => {
    const address = URL.createObjectURL(photo.picture);
    const image = make("img", { src: address, alt: word("field.photo_n", { n: i + 1 }) });
    image.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
    const remove = make("button", { type: "button", "aria-label": word("field.photo_remove", { n: i + 1 }) }, "×");
    remove.addEventListener("click", () => out(photo));
    return make("li", {}, image, remove);
  });
}
