// The orders of one's squads: what lies on the phone, what the server says, and what was done here
// that the server does not know yet.

import { get, Refusal } from "../shared/api.js";
import { word } from "../shared/words.js";
import { announce } from "../phone/announce.js";
import { fresh, keep, kept } from "../phone/kept.js";
import { caseName } from "../phone/names.js";
import { by, complete, reader } from "../phone/reading.js";
import { set, state } from "../phone/state.js";
import { HANDED } from "../phone/steps.js";
import { ring } from "./sound.js";

/** @import {Case, Order} from "../phone/types.js" */

const ORDERS = "/api/incidents?orders=true&order=due&limit=200";

/** @param {string} owner */
export async function recall(owner) {
  const told = await kept(owner, "orders");
  if (told) set({ ...told.data, readAt: told.at });
}

export const read = reader(async (owner) => {
  const first = state.readAt === null;
  const [{ items }, squads] = await Promise.all([get(ORDERS), fresh(owner, "squads", "/api/squads?limit=1000", 1)]);
  const there = await complete(items);
  const before = new Set(state.orders.filter(({ gone }) => !gone).map(({ id }) => id));
  const orders = [...there.map(withTold), ...(await gone(there))].sort((a, b) => by(a) - by(b));
  await change({ orders, squads: own(squads.items) });
  set({ readAt: new Date().toISOString() });
  if (!first) tell(there.filter(({ id }) => !before.has(id)));
});

/** What can be done with an order, as far as this phone knows. @param {Order} order */
export function verbsOf({ gone: lost, told, ahead, verbs }) {
  if (lost) return [];
  return told ? (ahead?.[told] ?? []) : verbs;
}

/** @param {Order} order */
export async function dismiss(order) {
  await change({ orders: state.orders.filter(({ id }) => id !== order.id) });
}

document.addEventListener(HANDED, (event) => {
  const { id, verb } = /** @type {CustomEvent} */ (event).detail;
  void change({ orders: state.orders.map((order) => (order.id === id ? { ...order, told: verb } : order)) });
});

/** What is as it was is not written anew: that costs the battery. @param {Partial<typeof state>} changes */
async function change(changes) {
  const before = JSON.stringify([state.orders, state.squads]);
  set(changes);
  const { orders, squads, me } = state;
  if (JSON.stringify([orders, squads]) !== before) await keep(me?.id ?? "", "orders", { orders, squads });
}

/** What still waits to be sent comes after what the server says. @param {Case} one @returns {Order} */
function withTold(one) {
  const waiting = state.items.filter(({ kind, case: id, refused }) => kind === "step" && id === one.id && !refused);
  return { ...one, told: waiting.at(-1)?.verb ?? null };
}

/** Shown as to be done, but called back or done by others meanwhile: it stays until that was read. @param {Case[]} there @returns {Promise<Order[]>} */
function gone(there) {
  const lost = state.orders.filter((order) => !there.some(({ id }) => id === order.id) && (order.gone || verbsOf(order).length));
  return Promise.all(lost.map(async (order) => ({ ...(order.gone ? order : await asItIs(order)), gone: true })));
}

/** @param {Order} order @returns {Promise<Order>} */
async function asItIs(order) {
  try {
    return await get(`/api/incidents/${order.id}`);
  } catch (failure) {
    if (failure instanceof Refusal) return order;
    throw failure;
  }
}

/** The squads that one is of. @param {{code: string, name: string}[]} all */
function own(all) {
  return all.filter(({ code }) => state.of.includes(code)).map(({ code, name }) => ({ code, name }));
}

/** @param {Case[]} news */
function tell(news) {
  if (!news.length) return;
  ring();
  announce(news.length === 1 ? word("squad.new_order", { matter: caseName(news[0]) }) : word("squad.new_orders", { n: news.length }));
}
