// The resident's report: what only a script can add to a form that is whole without one.

import { byId } from "../shared/dom.js";
import { keepDraft } from "./draft.js";
import { findMatters } from "./finding.js";
import { watchNear } from "./near.js";
import { offerPhotos } from "./photos.js";
import { offerPosition } from "./position.js";
import { send } from "./send.js";

if (document.getElementById("report")) begin(/** @type {HTMLFormElement} */ (byId("report")));

/** @param {HTMLFormElement} form */
function begin(form) {
  keepDraft(form);
  findMatters(form);
  const photos = offerPhotos(form);
  const position = offerPosition(form);
  watchNear(form, position);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, position(), photos);
  });
}
