// Another time zone changes how everything there is will be read: say so first.

import { get } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { number } from "../../shared/formats.js";
import { word } from "../../shared/words.js";
import { dialog } from "./dialog.js";

const EFFECTS = /** @type {const} */ (["times", "days", "plans", "deadlines"]);

/** @param {string} from @param {string} to @returns {Promise<boolean>} */
export async function agreeToZone(from, to) {
  /** @type {import("../types.js").Overview} */
  const { incidents } = await get("/api/overview");
  if (!incidents) return true;
  const effects = make("ul", { class: "reasons" }, ...EFFECTS.map((what) => make("li", {}, word(`zone.${what}`))));
  const content = [make("p", {}, word("zone.data", { n: number(incidents) })), effects];
  return dialog(word("zone.title", { from, to: to || word("zone.default") }), content, word("zone.go"), async () => undefined);
}
