// The bureau: what it is called, where it lies and how it reckons.

import { get, tell } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { onSubmit } from "../../shared/forms.js";
import { word } from "../../shared/words.js";
import { field, select } from "./field.js";
import { agreeToZone } from "./zone.js";

/**
 * @typedef {"name_zh" | "name_en" | "division" | "timezone" | "hours" | "acknowledge" | "language" | "source" | "telephone"} Name
 * @typedef {Record<Name, string> & {fixed: Partial<Record<Name, string>>, extent: [number, number, number, number] | null}} Bureau
 */

const SAVED = "gridpatrol.bureau.saved";
/** @type {Record<Name, Record<string, string>>} */
const LOOKS = {
  name_zh: { maxlength: "100", lang: "zh" },
  name_en: { maxlength: "100", lang: "en" },
  division: { inputmode: "numeric", maxlength: "6", placeholder: "331127" },
  language: {},
  timezone: { list: "zones", autocomplete: "off" },
  hours: { placeholder: "08:00-12:00,14:00-18:00" },
  acknowledge: { placeholder: "5m" },
  telephone: { type: "tel", maxlength: "30", placeholder: "0578-1234567" },
  source: { maxlength: "300" },
};
const NAMES = /** @type {Name[]} */ (Object.keys(LOOKS));

/** @param {HTMLElement} place */
export async function showBureau(place) {
  /** @type {Bureau} */
  const bureau = await get("/api/bureau");
  const said = make("div", { "aria-live": "polite" });
  if (sessionStorage.getItem(SAVED)) fill(said, make("p", { class: "good" }, word("bureau.saved")));
  sessionStorage.removeItem(SAVED);
  fill(place, make("p", { class: "quiet lead" }, word("bureau.lead")), make("div", { class: "bureau" }, form(bureau, said), where(bureau)));
}

/** @param {Bureau} bureau @param {HTMLElement} said */
function form(bureau, said) {
  const zones = make("datalist", { id: "zones" }, ...Intl.supportedValuesOf("timeZone").map((zone) => make("option", { value: zone })));
  const go = make("button", { class: "primary" }, word("bureau.save"));
  const made = make("form", { class: "card stack", novalidate: true }, ...NAMES.map((name) => one(bureau, name)), zones, make("div", { class: "row" }, go), said);
  onSubmit(made, (given) => save(given, bureau, said));
  return made;
}

/** @param {Bureau} bureau @param {Name} name */
function one(bureau, name) {
  const variable = bureau.fixed[name];
  const languages = /** @type {[string, string][]} */ (["zh", "en"].map((code) => [code, word(`bureau.language_${code}`)]));
  const control = name === "language" ? select(name, languages, bureau.language) : make("input", { name, value: bureau[name], ...LOOKS[name] });
  control.disabled = variable !== undefined;
  const made = field(word(`bureau.${name}`), control, variable ? word("bureau.fixed", { variable }) : word(`bureau.${name}_hint`));
  made.classList.toggle("wide", name === "source");
  return made;
}

/** Only what was changed is said. @param {FormData} given @param {Bureau} bureau @param {HTMLElement} said */
async function save(given, bureau, said) {
  const typed = [...given].map(([name, value]) => [name, String(value).trim()]);
  const changed = Object.fromEntries(typed.filter(([name, value]) => value !== bureau[/** @type {Name} */ (name)]));
  if (!Object.keys(changed).length) return fill(said, make("p", { class: "quiet" }, word("bureau.unchanged")));
  if ("timezone" in changed && !(await agreeToZone(bureau.timezone, changed.timezone))) return;
  await tell("PATCH", "/api/bureau", changed);
  sessionStorage.setItem(SAVED, "yes");
  location.reload();
}

/** @param {Bureau} bureau */
function where({ extent }) {
  const title = make("h3", {}, word("bureau.extent"));
  if (!extent) {
    const link = make("a", { href: "#imports" }, word("next.do_import"));
    return make("section", { class: "card stack where" }, title, make("p", { class: "quiet" }, word("bureau.extent_none")), link);
  }
  const [west, south, east, north] = extent.map((side) => side.toFixed(4));
  const source = `/maps/partition.png?lang=${document.documentElement.lang}`;
  const look = make("a", { class: "picture skeleton", href: "/maps/partition.html" });
  const picture = make("img", { alt: word("bureau.extent_alt"), decoding: "async" });
  picture.addEventListener("load", () => look.classList.remove("skeleton"));
  picture.addEventListener("error", () => look.remove());
  picture.src = source;
  look.append(picture);
  return make("section", { class: "card stack where" }, title, make("p", { class: "quiet small" }, word("bureau.extent_hint")), look,
    make("p", { class: "small" }, word("bureau.extent_told", { west, south, east, north })));
}
