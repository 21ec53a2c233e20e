// More photographs with a report that has arrived, from the page that its link leads to.

import { byId } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { Away } from "./asking.js";
import { attach } from "./attaching.js";
import { offerPhotos } from "./photos.js";

const AGAIN_MS = 20_000;
const form = /** @type {HTMLFormElement} */ (byId("more"));
const reports = `/api/public/reports/${location.pathname.split("/").at(-1)}`;
const photos = offerPhotos(form);
let busy = false;
let later = 0;

form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void deliver();
});
addEventListener("online", () => { if (later) void deliver(); });

/** The page is asked for anew once they are there: it tells how many have come. */
async function deliver() {
  if (busy) return;
  wait(true);
  try {
    const refused = await attach(form, reports, photos);
    if (!refused) return location.reload();
    tell("wrong", refused);
  } catch (failure) {
    if (failure instanceof Away) tryLater(failure);
    else tell("wrong", failure instanceof Error ? failure.message : "");
  }
  wait(false);
}

/** @param {Away} failure */
function tryLater({ seconds }) {
  tell("told", word("resident.photos_later"));
  later = setTimeout(deliver, 1000 * seconds || AGAIN_MS);
}

/** @param {boolean} on */
function wait(on) {
  busy = on;
  byId("send").textContent = word(on ? "resident.sending" : "resident.photos_send");
  byId("send").setAttribute("aria-disabled", String(on));
  if (!on) return;
  clearTimeout(later);
  later = 0;
  for (const place of ["wrong", "told"]) byId(place).hidden = true;
}

/** @param {"wrong" | "told"} place @param {string} words */
function tell(place, words) {
  byId(place).textContent = words;
  byId(place).hidden = false;
}
