// One-time codes for all who have no password yet, as a file to hand out.

import { download } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { today } from "../../shared/formats.js";
import { word } from "../../shared/words.js";
import { dialog } from "./dialog.js";
import { field } from "./field.js";

/** @param {() => Promise<void>} done */
export function codesButton(done) {
  const made = make("button", { type: "button" }, word("codes.go"));
  made.addEventListener("click", () => {
    const area = make("input", { name: "area", list: "areas", autocomplete: "off", maxlength: 64 });
    const again = make("label", { class: "check", hidden: true }, make("input", { type: "checkbox", name: "again" }), word("codes.again"));
    const content = [make("p", {}, word("codes.text")), field(word("codes.area"), area), again, make("p", { class: "quiet small" }, word("codes.hint"))];
    void dialog(word("codes.title"), content, word("codes.go"), async (given) => {
      const wanted = { area: area.value.trim() || null, again: given.has("again") };
      await download("/api/people/codes", wanted, `codes-${today()}.csv`).catch((refusal) => {
        if (refusal.problem?.code === "codes_out") again.hidden = false;
        throw refusal;
      });
      await done();
    });
  });
  return made;
}
