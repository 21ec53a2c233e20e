// What waits to be sent: written down with one stroke, in the order in which it was done.

import { change, done, look } from "./store.js";

/**
 * @typedef {{code: string, status: number, values: Record<string, unknown>}} Reason  Why something was refused.
 *
 * @typedef {object} Entry  One thing to be sent, as it is written down.
 * @property {string} id  Made on this phone: of a report the case's, of a step and of duty the event's, of a photo its own.
 * @property {string} owner  The person who did it, and as whom alone it is sent.
 * @property {string} case  Of duty the squad: things of one case keep their order.
 * @property {"report" | "photo" | "step" | "duty"} kind
 * @property {{zh: string, en: string}} matter  For the list that a person reads, though it be offered no more.
 * @property {Record<string, any>} body  What is sent; of a photo only its kind, the picture lies beside.
 * @property {string} [verb]
 *
 * @typedef {Entry & {n: number, made_at: string, refused: Reason | null, tries: number, not_before: number}} Item
 *
 * @typedef {{id: string, kind: string, picture: Blob}} Photo
 */

export const CHANGED = "outbox";
/** Tells all pages and the worker of this phone that something changed; by this very line one hears only of the others. */
export const channel = new BroadcastChannel(CHANGED);

/** @param {unknown} [told] */
export function tell(told = {}) {
  channel.postMessage(told);
}

/**
 * Writes all of it down or nothing; what was being written (`draft`) is then no draft any more, and
 * what it replaces is gone. A report that was put right keeps its place before what hangs on it.
 * @param {Entry[]} entries @param {Photo[]} photos @param {{draft?: string, instead?: string[]}} [more]
 */
export async function put(entries, photos, { draft, instead = [] } = {}) {
  const rest = { made_at: new Date().toISOString(), refused: null, tries: 0, not_before: 0 };
  await change(["items", "photos", "drafts"], async (shops) => {
    for (const id of instead) await remove(shops, id);
    for (const photo of photos) shops.photos.put({ id: photo.id, picture: photo.picture });
    for (const entry of entries) {
      const n = await done(shops.items.index("id").getKey(entry.id));
      shops.items.put(n === undefined ? { ...entry, ...rest } : { ...entry, ...rest, n });
    }
    if (draft) shops.drafts.delete([entries[0].owner, draft]);
  });
  tell();
}

/** What one person has waiting, the oldest first. @param {string} owner @returns {Promise<Item[]>} */
export function ofPerson(owner) {
  return look(["items"], ({ items }) => done(items.index("owner").getAll(owner)));
}

/** Whether anything waits, whosever it is. */
export async function isEmpty() {
  return (await look(["items"], ({ items }) => done(items.count()))) === 0;
}

/** How much waits of everybody else. @param {string} owner @returns {Promise<number>} */
export function ofOthers(owner) {
  return look(["items"], async ({ items }) => (await done(items.count())) - (await done(items.index("owner").count(owner))));
}

/** @param {string} id @returns {Promise<Blob | undefined>} */
export async function picture(id) {
  const found = await look(["photos"], ({ photos }) => done(photos.get(id)));
  return found?.picture;
}

/** It has arrived. @param {string} id */
export async function drop(id) {
  await change(["items", "photos"], (shops) => remove(shops, id));
  tell();
}

/** Gives something up, and with it what hangs on it; no step names a photo that is not sent. @param {Item} item */
export async function discard(item) {
  await change(["items", "photos"], async (shops) => {
    /** @type {Item[]} */
    const all = await done(shops.items.index("owner").getAll(item.owner));
    for (const gone of [item, ...hangingOn(item, all)]) await remove(shops, gone.id);
    if (item.kind !== "photo") return;
    for (const step of all.filter((other) => other.body.photos?.includes(item.id))) {
      shops.items.put({ ...step, body: { ...step.body, photos: step.body.photos.filter((/** @type {string} */ id) => id !== item.id) } });
    }
  });
  tell();
}

/** @param {string} id @param {Partial<Item>} changes */
export async function note(id, changes) {
  await change(["items"], async ({ items }) => {
    /** @type {Item | undefined} */
    const item = await done(items.index("id").get(id));
    if (item) items.put({ ...item, ...changes });
  });
  tell();
}

/** What cannot be without a report: all else of its case. @param {Item} item @param {Item[]} all */
export function hangingOn(item, all) {
  return item.kind === "report" ? all.filter((other) => other.case === item.case && other.id !== item.id) : [];
}

/** Whether nothing of the same case goes after this one: it was refused, and is no mere photo. @param {Item} item */
export function bars({ refused, kind }) {
  return refused !== null && kind !== "photo";
}

/** @param {Item[]} items Cases, or squads whose duty was told: what a person counts. */
export function casesIn(items) {
  return new Set(items.map((item) => item.case)).size;
}

/** @param {Pick<import("./store.js").Shops, "items" | "photos">} shops @param {string} id */
async function remove({ items, photos }, id) {
  const n = await done(items.index("id").getKey(id));
  if (n !== undefined) items.delete(n);
  photos.delete(id);
}
