// Sending: once however often it takes, and by itself when the signal is back. Then on to the link.

import { byId } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { Away, Refusal, ask, post } from "./asking.js";
import { attach } from "./attaching.js";
import { forgetDraft, keepSent } from "./draft.js";
import { lacking } from "./lacking.js";

/** @import {Fix} from "./position.js" */
/** @import {Photo} from "./photos.js" */

const REPORTS = "/api/public/reports";
const TEXTS = ["address", "description", "name", "phone"];
/** A ticket that serves no more: the form is sent with a new one. */
const SPENT = ["ticket_expired", "no_ticket", "link_used"];
const AGAIN_MS = 20_000;
let busy = false;
let later = 0;
let again = () => {};
/** The secret part of the link, once the report is there. */
let arrived = "";
addEventListener("online", () => again());
/** What was sent and may have arrived, as it was each time. @type {object[]} */
const before = [];

/** @param {HTMLFormElement} form @param {Fix | null} fix @param {Photo[]} photos */
export function send(form, fix, photos) {
  const missing = lacking(form, fix);
  if (missing) return refuse(missing);
  return deliver(form, () => body(form, fix), photos);
}

/** @param {HTMLFormElement} form @param {string} incident */
export function follow(form, incident) {
  return deliver(form, () => ({ ...base(form), follow: incident }), []);
}

/** @param {HTMLFormElement} form @param {() => object} told @param {Photo[]} photos */
async function deliver(form, told, photos) {
  if (busy) return;
  wait(true);
  keepSent(form);
  clearTimeout(later);
  again = () => {};
  byId("wrong").hidden = true;
  try {
    if (!arrived) came(form, (await kept(form, told)).token);
    const refused = await attach(form, `${REPORTS}/${arrived}`, photos);
    if (refused) throw new Error(refused);
    location.assign(`/r/${arrived}`);
  } catch (failure) {
    wait(false);
    if (!(failure instanceof Away)) return refuse(failure instanceof Error ? failure.message : "");
    offline(failure, () => deliver(form, told, photos));
  }
}

/** @param {HTMLFormElement} form @param {() => object} told @returns {Promise<{token: string}>} */
async function kept(form, told) {
  const now = told();
  try {
    return await post(REPORTS, now);
  } catch (failure) {
    if (failure instanceof Away) before.unshift(now);
    if (!(failure instanceof Refusal)) throw failure;
    if (failure.code === "other_content") return earlier();
    if (SPENT.includes(failure.code)) field(form, "ticket").value = (await ask("/api/public/ticket")).ticket;
    else if (failure.code !== "form_too_fast") throw failure;
    await new Promise((resolve) => { setTimeout(resolve, 1000 * (failure.seconds || 4)); });
    return post(REPORTS, told());
  }
}

/** It has arrived as it was before it was changed: that leads to the link. @returns {Promise<{token: string}>} */
async function earlier() {
  for (const told of before) {
    const kept = await post(REPORTS, told).catch((failure) => { if (failure instanceof Away) throw failure; });
    if (kept) return kept;
  }
  forgetDraft();
  throw new Error(word("resident.arrived"));
}

/** From here on only photographs are missing. The page goes by the link's address now: whoever opens
 * it again is led there. @param {HTMLFormElement} form @param {string} token */
function came(form, token) {
  arrived = token;
  forgetDraft();
  history.replaceState(null, "", `/r/${token}`);
  form.classList.add("arrived");
}

/** @param {HTMLFormElement} form */
function base(form) {
  return { id: field(form, "id").value, ticket: field(form, "ticket").value, leave_empty: field(form, "leave_empty").value };
}

/** @param {HTMLFormElement} form @param {Fix | null} fix */
function body(form, fix) {
  const all = new FormData(form);
  const matter = String(all.get("matter"));
  const here = all.get("where") === "here" ? Object.fromEntries(posted()) : {};
  const texts = TEXTS.map((name) => [name, String(all.get(name)).trim()]).filter(([, text]) => text);
  return { ...base(form), matter, answers: answers(all, matter), ...here, ...fix, ...Object.fromEntries(texts) };
}

/** What the code says that was scanned. */
function posted() {
  return [...new URLSearchParams(location.search)].filter(([name]) => name === "grid" || name === "place");
}

/** @param {FormData} all @param {string} matter */
function answers(all, matter) {
  /** @type {Record<string, string[]>} */
  const found = {};
  const start = `answer:${matter}:`;
  for (const [name, value] of all) {
    if (name.startsWith(start) && value) (found[name.slice(start.length)] ??= []).push(String(value));
  }
  return found;
}

/** @param {Away} failure @param {() => void} retry */
function offline(failure, retry) {
  byId("unsent").hidden = true;
  byId("told").textContent = arrived ? word("resident.photos_later") : failure.message;
  byId("told").hidden = false;
  again = retry;
  later = setTimeout(retry, 1000 * failure.seconds || AGAIN_MS);
}

/** @param {string} why */
function refuse(why) {
  byId("wrong").textContent = why;
  byId("wrong").hidden = false;
  byId("wrong").focus();
}

/** @param {boolean} on */
function wait(on) {
  busy = on;
  const button = byId("send");
  button.textContent = word(on ? "resident.sending" : arrived ? "resident.go_on" : "resident.send");
  button.setAttribute("aria-disabled", String(on));
  if (on) byId("told").hidden = true;
}

/** @param {HTMLFormElement} form @param {string} name */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}
