// A check, and putting right on the spot: what was found, with a photo, written down and sent like a
// report.

import { fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { announce } from "./announce.js";
import { camera, lens, pictures } from "./camera.js";
import { now } from "./clock.js";
import { step } from "./compose.js";
import { jot, jotted } from "./draft.js";
import { put } from "./outbox/items.js";
import { sendLater, sendNow } from "./outbox/triggers.js";
import { count } from "./reading.js";
import { home } from "./router.js";
import { state } from "./state.js";

/** @import {Case} from "./types.js" */
/** @import {Photo} from "./outbox/items.js" */

/** @type {Record<string, {results: boolean, kinds: string[]}>} What each asks for. */
export const FORMS = {
  report_check: { results: true, kinds: ["other"] },
  report_recheck: { results: true, kinds: ["after"] },
  fix_on_spot: { results: false, kinds: ["before", "after"] },
};

/** @typedef {{result: string, text: string, photos: Photo[], sent: string[]}} Written  `sent`: photos that are there already. */

/** @param {Case} one @param {string} verb */
export async function stepForm(one, verb) {
  const name = `${verb} ${one.id}`;
  /** @type {Written} */
  const written = (await jotted(name)) ?? earlier(one, verb) ?? { result: "", text: "", photos: [], sent: [] };
  const alter = (/** @type {Partial<Written>} */ changes) => jot(name, Object.assign(written, changes));
  const failure = make("p", { class: "failure", role: "alert", hidden: true });
  const form = make("form", { class: "card stack", novalidate: true },
    make("h2", {}, word(`do.${verb}`)),
    FORMS[verb].results ? results(verb, written, alter) : null,
    ...FORMS[verb].kinds.map((kind) => shots(kind, written, alter)),
    note(written, alter), failure,
    make("button", { class: "primary wide" }, word("field.send")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const lacking = missing(verb, written, one);
    failure.hidden = !lacking;
    if (lacking) failure.textContent = lacking;
    else await hand(one, verb, written, name);
  });
  return form;
}

/** What was sent and refused is there to be put right. @param {Case} one @param {string} verb @returns {Written | null} */
function earlier(one, verb) {
  const body = refused(one, verb)?.body;
  return body ? { result: body.result === undefined ? "" : String(body.result), text: body.text ?? "", photos: [], sent: body.photos ?? [] } : null;
}

/** @param {Case} one @param {string} verb */
function refused(one, verb) {
  return state.items.find((item) => item.case === one.id && item.verb === verb && item.refused);
}

/** @param {string} verb @param {Written} written @param {(changes: Partial<Written>) => Promise<void>} alter */
function results(verb, written, alter) {
  return make("fieldset", { class: "choices" }, make("legend", { class: "seen-by-readers" }, word("field.result")), ...["true", "false"].map((value) => {
    const input = make("input", { type: "radio", name: verb, value, checked: written.result === value });
    input.addEventListener("change", () => alter({ result: value }));
    return make("label", { class: "choice" }, input, make("span", {}, word(`field.${verb}_${value}`)));
  }));
}

/** @param {string} kind @param {Written} written @param {(changes: Partial<Written>) => Promise<void>} alter */
function shots(kind, written, alter) {
  const place = make("div", { class: "shots" });
  const label = kind === "before" ? "field.photo_before" : kind === "after" ? "field.photo_after" : "field.photo";
  const show = () => fill(place,
    make("ul", {}, ...pictures(written.photos.filter((photo) => photo.kind === kind), async (photo) => {
      await alter({ photos: written.photos.filter((other) => other.id !== photo.id) });
      show();
    })),
    camera({ class: "button" }, kind, async (taken) => {
      await alter({ photos: [...written.photos, ...taken] });
      show();
    }, lens(), make("span", {}, word(label))));
  show();
  return place;
}

/** @param {Written} written @param {(changes: Partial<Written>) => Promise<void>} alter */
function note(written, alter) {
  const field = make("textarea", { name: "text", maxlength: 4000 });
  field.value = written.text;
  field.addEventListener("input", () => alter({ text: field.value }));
  return make("label", {}, make("span", { class: "label" }, word("field.description")), field);
}

/** @param {string} verb @param {Written} written @param {Case} one */
function missing(verb, written, one) {
  if (FORMS[verb].results && !written.result) return word("field.needs_result");
  const has = (/** @type {string} */ kind) => [...written.photos, ...(one.photos ?? [])].some((photo) => photo.kind === kind);
  // A check shows how it looks now; what lies with the case already is from before.
  if (written.sent.length) return null;
  const lacks = verb === "fix_on_spot" ? FORMS[verb].kinds.some((kind) => !has(kind)) : written.photos.length === 0;
  return lacks ? word(verb === "fix_on_spot" ? "field.needs_after" : "field.needs_photos", { n: 1 }) : null;
}

/** @param {Case} one @param {string} verb @param {Written} written @param {string} draft */
async function hand(one, verb, { result, text, photos, sent }, draft) {
  const common = { owner: state.me?.id ?? "", case: one.id, matter: { zh: one.matter_zh, en: one.matter_en } };
  const said = { photos: [...sent, ...photos.map(({ id }) => id)], ...(result ? { result: result === "true" } : {}), ...(text.trim() ? { text: text.trim() } : {}) };
  const old = refused(one, verb);
  const shots = photos.map(({ id, kind }) => ({ ...common, id, kind: /** @type {const} */ ("photo"), body: { kind } }));
  await put([...shots, step(common, verb, { seen_version: one.version, ...said }, now())], photos, { draft, instead: old ? [old.id] : [] });
  await count();
  sendNow();
  void sendLater();
  await home();
  announce(word(navigator.onLine ? "field.sent_now" : "field.sent_later"));
}
