// Choosing files: by the system's dialogue, or by dropping them.

import { byId } from "../shared/dom.js";
import { size } from "../shared/formats.js";
import { word } from "../shared/words.js";

/** @param {() => void} changed */
export function prepareDrop(changed) {
  const input = /** @type {HTMLInputElement} */ (byId("file"));
  const place = byId("drop");
  input.addEventListener("change", () => { name(input); changed(); });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      place.classList.toggle("over", kind === "dragover");
    });
  }
  place.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    name(input);
    changed();
  });
}

/** @param {HTMLInputElement} input */
function name(input) {
  const files = [...(input.files ?? [])];
  const names = files.map((file) => file.name).join(", ");
  const total = files.reduce((sum, file) => sum + file.size, 0);
  byId("chosen").textContent = files.length ? word("import.chosen", { names, size: size(total) }) : word("import.choose");
}
