// Reads that also work without a signal: from the server if it answers, else what it said last.
// Kept by person, which a cache of addresses cannot do: what one has seen is not for the next.

import { get } from "../shared/api.js";
import { change, done, fits, look } from "./outbox/store.js";

/** @typedef {{owner: string, name: string, at: string, data: any}} Kept */

/** @param {string} owner @param {string} name @returns {Promise<Kept | undefined>} */
export function kept(owner, name) {
  return look(["kept"], (shops) => done(shops.kept.get([owner, name])));
}

/** @template T @param {string} owner @param {string} name @param {T} data @returns {Promise<T>} */
export async function keep(owner, name, data) {
  await keepAll(owner, { [name]: data });
  return data;
}

/** With one stroke, where one thing was reckoned from another; without room for it the page goes on with what it has. @param {string} owner @param {Record<string, any>} told */
export async function keepAll(owner, told) {
  const at = new Date().toISOString();
  await fits(change(["kept"], (shops) => {
    for (const [name, data] of Object.entries(told)) shops.kept.put({ owner, name, data, at });
  }));
}

/**
 * Asks the server unless the copy is younger than so many hours.
 * @param {string} owner @param {string} name @param {string} path @param {number} [hours] @returns {Promise<any>}
 */
export async function fresh(owner, name, path, hours = 0) {
  const copy = await kept(owner, name);
  const age = copy ? Date.now() - Date.parse(copy.at) : Infinity;
  // Younger than now: the phone's clock was ahead and was put right.
  return age >= 0 && age < hours * 3_600_000 ? copy?.data : keep(owner, name, (await get(path)));
}

/** Forgets what was read: of everybody but one person, and of this one what tells of cases. @param {string | null} but */
export async function forget(but, names = ["tasks", "mine", "orders", "notices"]) {
  await change(["kept"], async (shops) => {
    /** @type {[string, string][]} */
    const keys = /** @type {any} */ (await done(shops.kept.getAllKeys()));
    for (const [owner, name] of keys) if (owner !== but || names.includes(name)) shops.kept.delete([owner, name]);
  });
}
