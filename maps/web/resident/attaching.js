// The photographs, once the report has arrived: what must wait is sent again, what is refused is told.

import { allTaken } from "../phone/photo.js";
import { word } from "../shared/words.js";
import { Away, Refusal, ask } from "./asking.js";
import { EVENT } from "./photos.js";

/** @import {Photo} from "./photos.js" */

/** Send what was not sent yet. What is refused is put aside; why, in words.
 * @param {HTMLFormElement} form @param {string} reports @param {Photo[]} photos */
export async function attach(form, reports, photos) {
  /** @type {Map<Photo, string>} */
  const refused = new Map();
  await allTaken();
  for (const [i, photo] of photos.entries()) {
    const why = photo.sent ? "" : await put(`${reports}/photos/${photo.id}`, photo);
    if (why) refused.set(photo, word("resident.photo_refused", { n: i + 1, why }));
  }
  for (const photo of refused.keys()) photos.splice(photos.indexOf(photo), 1);
  form.dispatchEvent(new Event(EVENT));
  return [...refused.values()].join("\n");
}

/** Why it was refused, if it was. @param {string} path @param {Photo} photo */
async function put(path, photo) {
  try {
    await ask(path, { method: "PUT", body: photo.picture, headers: { "Content-Type": "image/jpeg" } });
    photo.sent = true;
  } catch (failure) {
    if (!(failure instanceof Refusal)) throw failure;
    if (failure.seconds) throw new Away(failure.message, failure.seconds);
    return failure.message;
  }
  return "";
}
