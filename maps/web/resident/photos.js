// Photographs, made small on the phone; the place and time that the camera wrote go along.

import { byId, fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { expect, shrink } from "../phone/photo.js";

/** @typedef {{id: string, picture: Blob, sent: boolean}} Photo */

export const EVENT = "photos";

/** The photographs taken so far. @param {HTMLFormElement} form @returns {Photo[]} */
export function offerPhotos(form) {
  /** @type {Photo[]} */
  const photos = [];
  const most = Number(form.dataset.photos);
  const camera = byId("camera");
  const input = /** @type {HTMLInputElement} */ (camera.querySelector("input"));
  const show = () => {
    fill(byId("photos"), ...photos.map((photo, i) => shown(photo, i, () => { photos.splice(i, 1); show(); })));
    camera.hidden = photos.length >= most;
  };
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    if (file) expect(take(file));
  });
  const take = async (/** @type {File} */ file) => {
    camera.setAttribute("aria-busy", "true");
    try {
      photos.push({ id: crypto.randomUUID(), picture: await shrink(file), sent: false });
      byId("photo-wrong").hidden = true;
    } catch {
      byId("photo-wrong").textContent = word("resident.photo_unreadable");
      byId("photo-wrong").hidden = false;
    }
    camera.removeAttribute("aria-busy");
    input.value = "";
    show();
  };
  form.addEventListener(EVENT, show);
  const wanted = () => { byId("photo-wanted").textContent = word(needs(form) ? "resident.photo_wanted" : "resident.photo_hint"); };
  form.addEventListener("change", wanted);
  wanted();
  byId("unscripted").remove();
  byId("photos-step").hidden = false;
  return photos;
}

/** @param {HTMLFormElement} form */
function needs(form) {
  return Boolean(form.querySelector("[name=matter]:checked")?.closest("[data-photo]"));
}

/** @param {Photo} photo @param {number} i @param {() => void} out */
function shown(photo, i, out) {
  const address = URL.createObjectURL(photo.picture);
  const image = make("img", { src: address, alt: word("resident.photo_n", { n: i + 1 }) });
  image.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
  if (photo.sent) return make("li", {}, image);
  const remove = make("button", { type: "button", "aria-label": word("resident.photo_remove", { n: i + 1 }) }, "×");
  remove.addEventListener("click", out);
  return make("li", {}, image, remove);
}
