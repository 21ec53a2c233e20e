// What else people typed or photographed with a case: each taken out by itself, for a reason.

import { get, post } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { time } from "../../shared/formats.js";
import { region } from "../../shared/region.js";
import { said, word, wordOr } from "../../shared/words.js";
import { dialog } from "./dialog.js";
import { field, values } from "./field.js";

/** @import {Child} from "../../shared/dom.js" */
/** @import {Case, Matter} from "../cases/types.js" */
/** @import {Report} from "./report.js" */
/** @typedef {{what: string, shown: Child, path: string, body?: object, gone?: () => void}} Piece */

/** @param {HTMLElement} place @param {Report} report */
export async function redactable(place, report) {
  await region(place, async () => {
    /** @type {[Case, Matter]} */
    const [one, matter] = await Promise.all([get(`/api/incidents/${report.incident}`), get(`/api/matters/${encodeURIComponent(report.matter)}`)]);
    const all = [...steps(one), ...answers(one, matter), ...enquiries(report), ...photos(one)];
    const rows = all.map((piece) => row(piece, () => void redactable(place, report)));
    fill(place, make("h3", {}, word("privacy.pieces")), rows.length ? make("ul", { class: "pieces" }, ...rows) : make("p", { class: "quiet" }, word("privacy.no_pieces")));
  });
}

/** @param {Case} one @returns {Piece[]} */
function steps({ id, steps: all }) {
  const typed = all.map((step) => ({ ...step, words: [step.reason, step.details.text].filter(Boolean).join(" · ") })).filter(({ words }) => words);
  return typed.map(({ verb, happened_at: at, words, event_id: event }) =>
    ({ what: `${wordOr(`do.${verb}`, verb)} ${time(at)}`, shown: words, path: `/api/incidents/${id}/events/${event}/redact` }));
}

/** @param {Case} one @param {Matter} matter @returns {Piece[]} */
function answers({ id, answers: all }, { questions }) {
  return Object.entries(all).map(([code, told]) => {
    const asked = questions.find((question) => question.code === code);
    return { what: asked ? said(asked) : code, shown: [told].flat().join(", "), path: `/api/incidents/${id}/redact`, body: { answers: [code] } };
  });
}

/** What was answered to their enquiries, and said of that. @param {Report} report @returns {Piece[]} */
function enquiries(report) {
  return report.enquiries.map(({ id, outside_no: number, answer, remark, opinion }) => ({
    what: [word("privacy.enquiry"), number].filter(Boolean).join(" "), shown: [answer, remark, opinion].filter(Boolean).join(" · "),
    path: `/api/enquiries/${id}/redact`, gone: () => { report.enquiries = report.enquiries.filter((other) => other.id !== id); },
  }));
}

/** @param {Case} one @returns {Piece[]} */
function photos({ id, photos: all }) {
  return all.map(({ id: photo, kind, at }) => {
    const path = `/api/incidents/${id}/photos/${photo}`;
    const what = `${wordOr(`photo.${kind}`, kind)} ${time(at)}`;
    return { what, shown: make("img", { src: `${path}?size=small`, alt: what, loading: "lazy" }), path: `${path}/redact` };
  });
}

/** @param {Piece} piece @param {() => void} done */
function row({ what, shown, path, body = {}, gone = () => undefined }, done) {
  const button = make("button", { type: "button", "aria-label": `${word("privacy.take_out")}: ${what}` }, word("privacy.take_out"));
  button.addEventListener("click", async () => {
    const reason = field(word("privacy.reason"), make("input", { name: "reason", maxlength: 1000, required: true }));
    const act = (/** @type {FormData} */ given) => post(path, { ...body, ...values(given) });
    if (await dialog(word("privacy.take_out_title", { what }), [make("p", {}, word("privacy.take_out_text")), reason], word("privacy.take_out"), act)) {
      gone();
      done();
    }
  });
  return make("li", {}, make("div", {}, make("span", { class: "quiet small" }, what), make("div", { class: "said" }, shown)), button);
}
