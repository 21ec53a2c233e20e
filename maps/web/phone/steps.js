// A step of a case: what was found or done, with a photo, written down and sent like a report.

import { fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { announce } from "./announce.js";
import { camera, lens, pictures } from "./camera.js";
import { now } from "./clock.js";
import { handOver } from "./handing.js";
import { jot, jotted } from "./jotting.js";
import { allTaken } from "./photo.js";
import { home } from "./router.js";
import { owner, state } from "./state.js";

/** @import {Case} from "./types.js" */
/** @import {Entry, Photo} from "./outbox/items.js" */

/**
 * @typedef {object} Form  What a step asks for.
 * @property {string} [title]
 * @property {string} send  Its button.
 * @property {boolean} [second]  Something else is to be done first where it stands.
 * @property {string[]} [results]  What can be found: yes, no.
 * @property {string[]} kinds  Of photos that it takes.
 * @property {"text" | "reason"} says  What its words are.
 * @property {string} label  Of the words.
 * @property {string[]} [offers]  Words that need not be typed.
 * @property {(written: Written, one: Case) => string | null} lacks  What it cannot do without, in words.
 * @property {(one: Case) => string[]} [along]  Photos that lie with the case and are sent with it.
 *
 * @typedef {{result: string, text: string, photos: Photo[], sent: string[]}} Written  `sent`: photos that are there already.
 */

/** Tells which step was handed over to be sent. */
export const HANDED = "handed";

/** @param {Case} one @param {string} verb @param {Form} form */
export async function stepForm(one, verb, form) {
  const name = `${verb} ${one.id}`;
  /** @type {Written} */
  const written = (await jotted(name)) ?? earlier(one, verb, form) ?? { result: "", text: "", photos: [], sent: [] };
  const alter = async (/** @type {Partial<Written>} */ changes) => {
    await jot(name, Object.assign(written, changes));
    if (!failure.hidden) complete();
  };
  const failure = make("p", { class: "failure", role: "alert", hidden: true });
  const button = make("button", { class: form.second ? "wide" : "primary wide" }, form.send);
  const sheet = make("form", { class: "card stack", novalidate: true },
    form.title ? make("h2", {}, form.title) : null,
    form.results ? results(verb, form.results, written, alter) : null,
    ...form.kinds.map((kind) => shots(kind, written, alter)),
    ...note(form, written, alter), failure, button);
  /** Says what is lacking still. */
  const complete = () => {
    const lacking = form.results && !written.result ? word("field.needs_result") : form.lacks(written, one);
    failure.textContent = lacking;
    failure.hidden = !lacking;
    return !lacking;
  };
  const give = async () => {
    await allTaken();
    if (complete() && (await hand(one, verb, said(form, written, one), written.photos, name))) {
      await home();
      thanks();
    }
  };
  sheet.addEventListener("submit", (event) => {
    event.preventDefault();
    button.disabled = true;
    void give().finally(() => { button.disabled = false; });
  });
  return sheet;
}

/** Photos are needed; what lies with the case already is from before. @param {Written} written @param {number} least */
export function needsPhotos({ photos, sent }, least) {
  return photos.length + sent.length >= least ? null : word("field.needs_photos", { n: least });
}

/** What was sent and refused is there to be put right. @param {Case} one @param {string} verb @param {Form} form @returns {Written | null} */
function earlier(one, verb, { says }) {
  const body = refused(one, verb)?.body;
  return body ? { result: body.result === undefined ? "" : String(body.result), text: body[says] ?? "", photos: [], sent: body.photos ?? [] } : null;
}

/** @param {Case} one @param {string} verb */
function refused(one, verb) {
  return state.items.find((item) => item.case === one.id && item.verb === verb && item.refused);
}

/** @param {string} verb @param {string[]} labels @param {Written} written @param {(changes: Partial<Written>) => Promise<void>} alter */
function results(verb, labels, written, alter) {
  return make("fieldset", { class: "choices" }, make("legend", { class: "seen-by-readers" }, word("field.result")), ...["true", "false"].map((value, i) => {
    const input = make("input", { type: "radio", name: verb, value, checked: written.result === value });
    input.addEventListener("change", () => alter({ result: value }));
    return make("label", { class: "choice" }, input, make("span", {}, labels[i]));
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

/** @param {Form} form @param {Written} written @param {(changes: Partial<Written>) => Promise<void>} alter */
function note({ says, label, offers = [] }, written, alter) {
  const field = make("textarea", { name: says, maxlength: says === "reason" ? 1000 : 4000 });
  field.value = written.text;
  field.addEventListener("input", () => alter({ text: field.value }));
  const ready = offers.map((text) => {
    const button = make("button", { type: "button" }, text);
    button.addEventListener("click", () => {
      field.value = text;
      void alter({ text });
    });
    return button;
  });
  const whole = make("label", {}, make("span", { class: "label" }, label), field);
  return ready.length ? [make("div", { class: "offers" }, ...ready), whole] : [whole];
}

/** What is sent, but for the pictures taken now. @param {Form} form @param {Written} written @param {Case} one */
function said({ says, along }, { result, text, photos, sent }, one) {
  const shots = new Set([...sent, ...(along?.(one) ?? []), ...photos.map(({ id }) => id)]);
  return {
    ...(shots.size ? { photos: [...shots] } : {}),
    ...(result ? { result: result === "true" } : {}), ...(text.trim() ? { [says]: text.trim() } : {}),
  };
}

/** Writes a step down and sends it; whether it is kept. @param {Case} one @param {string} verb @param {object} [told] @param {Photo[]} [photos] @param {string} [draft] */
export async function hand(one, verb, told = {}, photos = [], draft) {
  const common = { owner: owner(), case: one.id, matter: { zh: one.matter_zh, en: one.matter_en } };
  const old = refused(one, verb);
  const shots = photos.map(({ id, kind }) => ({ ...common, id, kind: /** @type {const} */ ("photo"), body: { kind } }));
  const all = [...shots, step(common, verb, { seen_version: one.version, ...told }, now())];
  if (!(await handOver(all, photos, { draft, instead: old ? [old.id] : [] }))) return false;
  document.dispatchEvent(new CustomEvent(HANDED, { detail: { id: one.id, verb } }));
  return true;
}

/** Says that it is kept. */
export function thanks() {
  announce(word(navigator.onLine ? "field.sent_now" : "field.sent_later"));
}

/** @param {Pick<Entry, "owner" | "case" | "matter">} common @param {string} verb @param {object} said @param {string} at @returns {Entry} */
export function step(common, verb, said, at) {
  const id = crypto.randomUUID();
  return { ...common, id, kind: "step", verb, body: { event_id: id, happened_at: at, ...said } };
}
