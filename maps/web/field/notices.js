// What has happened since one last looked: a check was sent, a report went a step on or came back.

import { fill, make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { word, wordOr } from "../shared/words.js";
import { keep } from "../phone/kept.js";
import { caseName } from "../phone/names.js";
import { live, set, state } from "../phone/state.js";
import { back } from "./reading.js";

/** @import {Case, Notice} from "../phone/types.js" */

const MOST = 20;

/** The ones there are, with the new ones before them; one may come back before its list was ever read. @param {Case[]} mine @param {Case[]} tasks @returns {Notice[]} */
export function notices(mine, tasks) {
  const known = new Map([...state.mine, ...state.tasks].map((one) => [one.id, standing(one)]));
  const first = state.readAt === null;
  const sent = tasks.filter((one) => known.get(one.id) !== standing(one));
  const gone = mine.filter((one) => (known.has(one.id) ? known.get(one.id) !== standing(one) : back(one)));
  const fresh = first ? [] : [...new Set([...sent, ...gone])].map(noticed);
  if (fresh.length) navigator.vibrate?.(200);
  return [...fresh, ...state.notices].slice(0, MOST);
}

/** @param {Case} one */
function standing({ state: now, returned }) {
  return returned ? "returned" : now;
}

/** @param {Case} one @returns {Notice} */
function noticed(one) {
  const last = one.steps?.at(-1);
  return { id: one.id, case_no: one.case_no ?? "", matter: caseName(one), state: standing(one), reason: last?.reason ?? null, at: last?.happened_at ?? new Date().toISOString() };
}

export function noticeList() {
  const place = make("section", { class: "notices stack", "aria-label": word("field.notices"), "aria-live": "polite" });
  live(place, () => state.notices, (told) => {
    place.hidden = told.length === 0;
    const read = make("button", { type: "button" }, word("field.notices_read"));
    read.addEventListener("click", () => void dismiss());
    fill(place, ...told.map(line), read);
  });
  return place;
}

/** @param {Notice} notice */
function line({ id, case_no, matter, state: now, reason, at }) {
  const link = make("a", { href: `#case/${id}` }, `${matter} ${case_no}`);
  const said = make("strong", {}, now === "returned" ? word("field.returned") : wordOr(`state.${now}`, now));
  return make("p", { class: `notice ${now}` }, link, " ", said, reason ? `${word("field.colon")}${reason}` : null, " ", make("span", { class: "quiet small" }, time(at)));
}

async function dismiss() {
  set({ notices: [] });
  if (state.me) await keep(state.me.id, "notices", []);
}
