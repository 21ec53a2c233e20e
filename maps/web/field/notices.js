// What has happened since one last looked: a check was sent, a report went a step on or came back.

import { fill, make } from "../shared/dom.js";
import { moment } from "../shared/formats.js";
import { word, wordOr } from "../shared/words.js";
import { keep } from "../phone/kept.js";
import { caseName } from "../phone/names.js";
import { inForce, reasonTold } from "../phone/reasons.js";
import { live, set, state } from "../phone/state.js";
import { back } from "./reading.js";

/** @import {Case, Notice} from "../phone/types.js" */

const MOST = 20;
/** So many leave the report button on the first screen. */
const UNFOLDED = 3;

/** One of each case, the new ones first; one may come back before its list was ever read. @param {Case[]} mine @param {Case[]} tasks @returns {Notice[]} */
export function notices(mine, tasks) {
  const known = new Map([...state.mine, ...state.tasks].map((one) => [one.id, standing(one)]));
  const first = state.readAt === null;
  const sent = tasks.filter((one) => known.get(one.id) !== standing(one));
  const gone = mine.filter((one) => (known.has(one.id) ? known.get(one.id) !== standing(one) : back(one)));
  // One's own report may be one's own check too: of that its history is read.
  const news = new Map([...gone, ...sent].map((one) => [one.id, one]));
  const fresh = first ? [] : [...news.values()].map(noticed).sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  if (fresh.length) navigator.vibrate?.(200);
  return [...fresh, ...state.notices.filter(({ id }) => !news.has(id))].slice(0, MOST);
}

/** @param {Case} one */
function standing({ state: now, returned }) {
  return returned ? "returned" : now;
}

/** @param {Case} one @returns {Notice} */
function noticed(one) {
  const { id, case_no, matter_zh, matter_en } = one;
  const at = one.steps?.at(-1)?.happened_at ?? new Date().toISOString();
  return { id, case_no: case_no ?? "", matter_zh, matter_en, state: standing(one), reason: inForce(one)?.reason ?? null, at };
}

export function noticeList() {
  const place = make("section", { class: "notices stack", "aria-label": word("field.notices"), "aria-live": "polite" });
  live(place, () => state.notices, (told) => {
    place.hidden = told.length === 0;
    const read = make("button", { type: "button" }, word("field.notices_read"));
    read.addEventListener("click", () => void dismiss());
    fill(place, ...told.slice(0, UNFOLDED).map(line), folded(told.slice(UNFOLDED), place.querySelector("details")?.open ?? false), read);
  });
  return place;
}

/** @param {Notice[]} rest @param {boolean} open */
function folded(rest, open) {
  if (!rest.length) return null;
  return make("details", { open }, make("summary", {}, word("field.notices_more", { n: rest.length })), make("div", { class: "stack" }, ...rest.map(line)));
}

/** @param {Notice} notice */
function line({ id, case_no, state: now, reason, at, ...names }) {
  const link = make("a", { href: `#case/${id}` }, `${caseName(names)} ${case_no}`);
  const said = make("strong", {}, now === "returned" ? word("field.returned") : wordOr(`state.${now}`, now));
  const when = make("span", { class: "quiet small" }, moment(at));
  return make("p", { class: `notice short ${now}` }, link, " ", when, " ", said, reason ? `${word("field.colon")}${reasonTold(reason)}` : null);
}

async function dismiss() {
  set({ notices: [] });
  if (state.me) await keep(state.me.id, "notices", []);
}
