// Sends what waits: once at a time on this phone, as nobody but its owner, and each case in order.

/** @import {Item} from "./items.js" */
/** @import {Answer, Verdict} from "./verdict.js" */
import { account, send, sendTogether } from "./asking.js";
import { bars, drop, isEmpty, note, ofPerson, tell } from "./items.js";
import { judge, rest, rested } from "./verdict.js";

/** @typedef {{left: number, why: string | null, next: number | null}} Standing  How a run ended: why, and when to try again (ms). */

const TOGETHER = 50;
const AT_MOST_IN_VAIN = 2;

/** @returns {Promise<Standing>} */
export async function drain() {
  if (!navigator.locks) return again(0);
  return navigator.locks.request("outbox", () => again(0));
}

/** Somebody may sign in anew in the midst of it: then it is seen afresh who that is. @param {number} turn @returns {Promise<Standing>} */
async function again(turn) {
  if (await isEmpty()) return { left: 0, why: null, next: null };
  const me = await account();
  const end = me?.status === 200 && me.body?.id ? await new Run(me.body.id, me.body.csrf ?? "").all() : nobody(me);
  if (end.why === "other_page" && turn < 2) return again(turn + 1);
  tell({ standing: end });
  return end;
}

/** @param {Answer | null} me @returns {Standing} */
function nobody(me) {
  if (me?.status === 401) return { left: 0, why: "signed_out", next: null };
  if (me?.body?.code === "choose_password") return { left: 0, why: "choose_password", next: null };
  return { left: 0, why: "unreachable", next: Date.now() + (me?.after ? me.after * 1000 : rest(1)) };
}

class Run {
  /** @type {Standing["why"]} */
  why = null;
  /** @type {number | null} */
  until = null;
  inVain = 0;

  /** @param {string} person @param {string} csrf */
  constructor(person, csrf) {
    this.person = person;
    this.csrf = csrf;
  }

  async all() {
    let items = await ofPerson(this.person);
    for (let now = next(items); now.length && !this.why; now = next(items)) {
      tell({ sending: now.map((item) => item.id) });
      await this.round(now);
      items = await ofPerson(this.person);
    }
    tell({ sending: [] });
    const times = items.filter((item) => !item.refused).map((item) => item.not_before);
    const left = times.length;
    return { left, why: this.why, next: this.until ?? (left && !this.why ? Math.min(...times) : null) };
  }

  /** @param {Item[]} items */
  async round(items) {
    if (items.length === 1) return this.alone(items[0]);
    const answer = await sendTogether(items, this.csrf);
    const each = answer?.status === 200 ? answer.body?.items : null;
    if (Array.isArray(each) && each.length === items.length) {
      for (const [i, item] of items.entries()) await this.take(item, judge(item, { after: null, ...each[i] }));
      return;
    }
    const verdict = judge(items[0], answer);
    if (verdict.end === "pause") return this.pause(verdict);
    if (answer === null) return this.putOff(items);
    // One of them spoils the lot: each goes by itself.
    for (const item of items) if (!this.why) await this.alone(item);
  }

  /** @param {Item} item */
  async alone(item) {
    await this.take(item, judge(item, await send(item, this.csrf)));
  }

  /** @param {Item} item @param {Verdict} verdict */
  async take(item, verdict) {
    if (verdict.end === "later") return this.putOff([item]);
    this.inVain = 0;
    if (verdict.end === "sent") await drop(item.id);
    else if (verdict.end === "refused") await note(item.id, { refused: verdict.reason });
    else this.pause(verdict);
  }

  /** @param {Verdict & {end: "pause"}} verdict */
  pause(verdict) {
    this.why = verdict.why;
    if (verdict.why === "busy") this.until = Date.now() + verdict.seconds * 1000;
  }

  /** @param {Item[]} items */
  async putOff(items) {
    for (const { id, tries } of items) await note(id, { tries: tries + 1, not_before: Date.now() + rest(tries) });
    this.inVain += 1;
    if (this.inVain < AT_MOST_IN_VAIN) return;
    this.why = "unreachable";
    this.until = Date.now() + rest(1);
  }
}

/**
 * What may go now: of each case what comes first, past a photo that was refused. Reports and steps go together; what is said of
 * duty goes alone, and so does a photo, so that a cut line costs no more than one.
 * @param {Item[]} items
 */
function next(items) {
  const begun = new Set();
  const ready = items.filter((item) => {
    if (item.refused && !bars(item)) return false;
    const first = !begun.has(item.case);
    begun.add(item.case);
    return first && !item.refused && rested(item.not_before);
  }).map((item) => without(item, items));
  const told = ready.filter(({ kind }) => kind === "report" || kind === "step");
  if (told.length) return told.slice(0, TOGETHER);
  const duty = ready.filter(({ kind }) => kind === "duty");
  return [...duty, ...ready].slice(0, 1);
}

/** A step names no photo that was refused. @param {Item} item @param {Item[]} items @returns {Item} */
function without(item, items) {
  if (!item.body.photos?.length) return item;
  const refused = items.filter((other) => other.refused).map(({ id }) => id);
  return { ...item, body: { ...item.body, photos: item.body.photos.filter((/** @type {string} */ id) => !refused.includes(id)) } };
}
