// Coming on duty, going off, and why the squad cannot be sent: written down and sent like a step, so
// that it also works without a signal; others reckon with it once it has arrived.

import { fill, make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { word } from "../shared/words.js";
import { now } from "../phone/clock.js";
import { handOver } from "../phone/handing.js";
import { live, owner, state } from "../phone/state.js";
import { thanks } from "../phone/steps.js";
import { inHand, said, sayings } from "./orders.js";

/** @import {Squad} from "../phone/types.js" */

const REASONS = ["break", "vehicle", "training", "office", "other"];

export function duty() {
  const place = make("section", { class: "stack", "aria-label": word("duty.title") });
  live(place, () => [state.squads, state.squads.map(waits)], () => {
    place.hidden = !state.squads.length;
    fill(place, ...state.squads.map(row));
  });
  return place;
}

/** @param {Squad} squad */
function row(squad) {
  const several = state.squads.length > 1 ? make("strong", {}, squad.name) : null;
  const waiting = waits(squad) ? make("span", { class: "chip on-the-way" }, word("duty.waits")) : null;
  return make("div", { class: "card duty" }, several, make("span", {}, standing(squad)), waiting, ...buttons(squad));
}

/** @param {Squad} squad */
function waits({ code }) {
  return sayings(code).length > 0;
}

/** @param {Squad} squad */
function standing({ on_duty: on, on_duty_since: since, out_of_service: why }) {
  if (!on) return word("duty.off");
  if (why) return word("duty.out", { why: word(`out_of_service.${why}`) });
  return since ? word("duty.since", { time: time(since) }) : word("duty.on");
}

/** @param {Squad} squad */
function buttons(squad) {
  const { on_duty: on, on_duty_since: since, out_of_service: why } = squad;
  const shift = since ? button("duty.end", () => mayEnd(squad) && say(squad, "end")) : button("duty.begin", () => say(squad, "begin"));
  if (!on) return [shift];
  return [shift, why ? button("duty.back", () => say(squad, "service", { out_of_service: null })) : reasons(squad)];
}

/** Whoever goes leaves nobody waiting unawares. @param {Squad} squad */
function mayEnd({ code }) {
  const n = inHand(code).length;
  return n === 0 || confirm(word("duty.end_in_hand", { n }));
}

/** @param {string} label @param {() => unknown} does */
function button(label, does) {
  const made = make("button", { type: "button" }, word(label));
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await does();
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

/** @param {Squad} squad */
function reasons(squad) {
  const options = REASONS.map((one) => make("option", { value: one }, word(`out_of_service.${one}`)));
  const made = make("select", { "aria-label": word("duty.cannot") }, make("option", { value: "" }, word("duty.cannot")), ...options);
  made.addEventListener("change", async () => {
    await say(squad, "service", { out_of_service: made.value });
    made.value = "";
  });
  return made;
}

/** @param {Squad} squad @param {"begin" | "end" | "service"} verb @param {object} [more] */
async function say({ code, name }, verb, more = {}) {
  const id = crypto.randomUUID();
  const body = { event_id: id, happened_at: now(), ...more };
  if (!(await handOver([{ id, owner: owner(), case: code, matter: { zh: name, en: name }, kind: "duty", verb, body }], []))) return;
  await said();
  thanks();
}
