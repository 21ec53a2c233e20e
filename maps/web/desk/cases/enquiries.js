// Who waits for an answer about a case: the answer, the call back, and how satisfied they are.

import { get, post, Refusal, Unreachable } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { moment, time } from "../../shared/formats.js";
import { attempt, onSubmit } from "../../shared/forms.js";
import { may } from "../../shared/may.js";
import { region } from "../../shared/region.js";
import { word, wordOr } from "../../shared/words.js";
import { keepDraft } from "./draft.js";
import { due } from "./due.js";

/** @import {Case, Enquiry} from "./types.js" */

const RATES = [5, 4, 3, 2, 1];

/** @param {HTMLElement} place @param {Case} one */
export async function enquiries(place, one) {
  if (!["contact", "file", "lead", "audit"].some((verb) => may(/** @type {Parameters<typeof may>[0]} */ (verb)))) return;
  await region(place, async () => {
    /** @type {{items: Enquiry[]}} */
    const { items } = await get(`/api/enquiries?incident=${one.id}`);
    if (!items.length) return fill(place);
    fill(place, make("h3", {}, word("enquiry.title", { n: items.length })), ...items.map((each) => card(each)));
  });
}

/** @param {Enquiry} one @returns {HTMLElement} */
function card(one) {
  const channel = [wordOr(`enquiry.channel.${one.channel}`, one.channel), one.outside_no].filter(Boolean).join(" ");
  const made = make("article", { class: "card stack", "data-enquiry": one.id });
  const by = one.answered_at ? make("span", { class: "quiet small" }, word("enquiry.answered", { at: time(one.answered_at) })) : due(one.respond_by);
  fill(made, make("div", { class: "row" }, make("strong", {}, channel), make("span", { class: "quiet small" }, moment(one.received_at)), by),
    one.interim && make("p", { class: "said" }, make("span", { class: "quiet small" }, word("enquiry.interim_at", { at: time(String(one.interim_at)) })), " ", one.interim),
    one.answer && make("p", { class: "said" }, one.answer), (one.called_back_at || one.own_rating) && make("p", {}, outcome(one)), ...[one.remark, one.opinion].map((words) => words && make("q", {}, words)),
    may("contact") && reporter(one), may("contact") && next(one, (fresh) => made.replaceWith(card(fresh))));
  return made;
}

/** @param {Enquiry} one */
function outcome({ reached, satisfaction, called_back_at: at }) {
  const called = at && word(reached ? "enquiry.reached_at" : "enquiry.not_reached_at", { at: time(at) });
  return [called, satisfaction && word(`enquiry.rate_${satisfaction}`)].filter(Boolean).join(" · ");
}

/** Looking at who called is written down: only when asked for. @param {Enquiry} one */
function reporter(one) {
  if (one.caller === false) return make("p", { class: "quiet" }, word("enquiry.no_caller"));
  const place = make("div", {});
  const button = make("button", { type: "button", class: "link" }, word("enquiry.show_caller"));
  button.addEventListener("click", () => void attempt(place, async () => {
    try {
      /** @type {{name: string | null, phone: string | null}} */
      const { name, phone } = await get(`/api/incidents/${one.incident}/reporter`);
      fill(place, make("p", { "data-private": true }, [name, phone].filter(Boolean).join(" · ")));
    } catch (failure) {
      if (!(failure instanceof Refusal && failure.problem.code === "no_reporter")) throw failure;
      fill(place, make("p", { class: "quiet" }, word("enquiry.no_caller")));
    }
  }));
  place.append(button);
  return place;
}

/** @param {Enquiry} one @param {(fresh: Enquiry) => void} done */
function next(one, done) {
  const asked = one.waits === "answer" ? answerForm(one) : one.caller && one.satisfaction === null ? callForm(one) : null;
  if (!asked) return null;
  const [form, path, body] = asked;
  const forget = keepDraft(form, `${one.id}.${path}`);
  onSubmit(form, async (given) => {
    /** @type {Enquiry} */
    const fresh = await post(`/api/enquiries/${one.id}/${path}`, body(given));
    forget();
    done(fresh);
    document.dispatchEvent(new Event("stepped"));
  });
  return form;
}

/** @typedef {[HTMLFormElement, string, (given: FormData) => object]} Asked */

/** On the way, or the last word. @param {Enquiry} one @returns {Asked} */
function answerForm(one) {
  const kind = choices("final", word("enquiry.kind"), [["false", word("enquiry.interim")], ["true", word("enquiry.final")]], true);
  const [interim, final] = kind.querySelectorAll("input");
  (one.interim || one.state === "closed" ? final : interim).checked = true;
  const words = make("textarea", { name: "text", rows: 3, required: true, maxlength: 4000 });
  const form = make("form", { class: "stack" }, kind, make("label", {}, make("span", { class: "label" }, word("enquiry.answer")), words),
    make("div", { class: "row end" }, make("button", {}, word("enquiry.send_answer"))));
  return [form, "answer", (given) => ({ text: String(given.get("text")).trim(), final: given.get("final") === "true" })];
}

/** Who has said by the link how satisfied they are is not asked again. @param {Enquiry} one @returns {Asked} */
function callForm(one) {
  const reached = choices("reached", word("enquiry.was_reached"), [["true", word("enquiry.reached")], ["false", word("enquiry.not_reached")]], true);
  const rate = choices("satisfaction", word("enquiry.satisfaction"), RATES.map((each) => [String(each), word(`enquiry.rate_${each}`)]), false);
  const remark = make("label", {}, make("span", { class: "label" }, word("enquiry.remark")), make("textarea", { name: "remark", rows: 2, maxlength: 4000 }));
  const form = make("form", { class: "stack" }, reached, !one.own_rating && rate, remark, make("div", { class: "row end" }, make("button", {}, word("enquiry.send_call"))));
  const follow = () => { rate.disabled = new FormData(form).get("reached") !== "true"; };
  form.addEventListener("change", follow);
  follow();
  return [form, "call-back", (given) => ({
    reached: given.get("reached") === "true", satisfaction: given.get("satisfaction") ? Number(given.get("satisfaction")) : null,
    remark: String(given.get("remark") ?? "").trim() || null,
  })];
}

/** @param {string} name @param {string} legend @param {string[][]} each @param {boolean} required */
function choices(name, legend, each, required) {
  return make("fieldset", { class: "choices row" }, make("legend", { class: "label" }, legend),
    ...each.map(([value, text]) => make("label", { class: "check" }, make("input", { type: "radio", name, value, required }), text)));
}
