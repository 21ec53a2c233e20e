// One case: what is known of it, and the steps that the server says are open from here.

import { fill, make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { word, wordOr } from "../shared/words.js";
import { anew } from "./amend.js";
import { due } from "./cases.js";
import { caseName } from "./names.js";
import { caseOf, RETURNED } from "./reading.js";
import { state } from "./state.js";
import { FORMS, stepForm } from "./steps.js";

/** @import {Case} from "./types.js" */

/** @param {string} id */
export async function caseView(id) {
  const one = await caseOf(id);
  if (!one) return { title: word("field.case"), content: [make("p", { class: "failure", role: "alert" }, word("field.no_case"))] };
  const told = state.items.some((item) => item.case === id && item.kind === "step" && !item.refused);
  const open = told ? [] : one.verbs.filter((verb) => verb in FORMS);
  const forms = await Promise.all(open.map((verb) => stepForm(one, verb)));
  return {
    title: `${caseName(one)} ${one.case_no ?? ""}`,
    content: [facts(one), told ? sent() : null, one.state === RETURNED ? correction(one) : null, ...forms, shots(one), history(one)].filter((part) => part !== null),
  };
}

function sent() {
  return make("p", { class: "good" }, word("field.step_waits"));
}

/** @param {Case} one */
function facts(one) {
  const reason = one.steps?.filter((step) => step.reason).at(-1)?.reason;
  return make("section", { class: "card stack" },
    make("p", { class: "row" }, make("span", { class: `chip ${one.state}` }, wordOr(`state.${one.state}`, one.state)), due(one)),
    one.address ? make("p", {}, one.address) : null,
    one.description ? make("p", { class: "told" }, one.description) : null,
    reason ? make("p", {}, make("strong", {}, `${word("field.reason")}${word("field.colon")}`), reason) : null,
    make("p", { class: "quiet" }, `${grid(one)} ${time(one.occurred_at)}`));
}

/** @param {Case} one */
function grid(one) {
  return state.grids.find(({ code }) => code === one.grid)?.name ?? one.grid ?? word("field.outside");
}

/** @param {Case} one */
function correction(one) {
  const button = make("button", { type: "button", class: "primary wide" }, word("field.correct"));
  button.addEventListener("click", () => void anew(one));
  return button;
}

/** Pictures come with the signal; they are not kept on the phone. @param {Case} one */
function shots({ id, photos = [] }) {
  if (!photos.length) return null;
  return make("ul", { class: "shots" }, ...photos.map((photo) => {
    const address = `/api/incidents/${id}/photos/${photo.id}?size=small`;
    const image = make("img", { src: address, alt: wordOr(`photo.${photo.kind}`, photo.kind), loading: "lazy" });
    const item = make("li", {}, image);
    image.addEventListener("error", () => fill(item, make("span", { class: "quiet" }, word("field.photo_away"))));
    return item;
  }));
}

/** @param {Case} one */
function history({ steps = [] }) {
  if (!steps.length) return null;
  const rows = steps.map(({ verb, happened_at, reason }) =>
    make("li", {}, make("span", { class: "quiet" }, time(happened_at)), ` ${wordOr(`do.${verb}`, verb)}`, reason ? ` ${reason}` : null));
  return make("details", { class: "card" }, make("summary", {}, word("field.history")), make("ol", { class: "rows" }, ...rows));
}
