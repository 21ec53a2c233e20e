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

/** @import {Case, Order, Squad} from "../phone/types.js" */
/** @import {Item} from "../phone/outbox/items.js" */

const SQUADS = "/api/squads?limit=1000";
const BUSY = ["dispatched", "accepted", "on_scene"];
const ORDERS = "/api/incidents?orders=true&order=due&limit=200";

/** @param {string} owner */
export async function recall(owner) {
  const told = await kept(owner, "orders");
  if (told) set({ ...told.data, readAt: told.at });
}

export const read = reader(async (owner) => {
  const first = state.readAt === null;
  const [{ items }, squads] = await Promise.all([get(ORDERS), fresh(owner, "squads", SQUADS, spoken ? 0 : 1 / 60)]);
  spoken = state.items.some(({ kind }) => kind === "duty");
  // One may be called back while it is read.
  const there = (await complete(items)).filter(({ squad }, i) => squad === items[i].squad);
  const before = new Set(state.orders.filter(({ gone }) => !gone).map(({ id }) => id));
  const orders = [...there.map(withTold), ...(await gone(there))].sort((a, b) => by(a) - by(b));
  await change({ orders, squads: own(squads.items).map(asSaid) });
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

/** Whether something was said of a squad since the squads were read. */
let spoken = true;

/** Something was said of a squad: it is shown at once. */
export async function said() {
  spoken = true;
  await change({ squads: state.squads.map(asSaid) });
}

/** What was said of a squad and is not there yet, the oldest first. @param {string} code */
export function sayings(code) {
  return state.items.filter(({ kind, case: squad, refused }) => kind === "duty" && squad === code && !refused);
}

/** A squad as what waits to be sent will make it. @param {Squad} squad @returns {Squad} */
function asSaid(squad) {
  return sayings(squad.code).reduce(after, squad);
}

/** @param {Squad} squad @param {Item} said @returns {Squad} */
function after(squad, { verb, body }) {
  if (verb === "service") return { ...squad, out_of_service: body.out_of_service };
  const on = verb === "begin";
  return { ...squad, on_duty: on, on_duty_since: on ? body.happened_at : null, out_of_service: null };
}

/** The orders that a squad is busy with. @param {string} code */
export function inHand(code) {
  return state.orders.filter((order) => order.squad === code && !order.gone && BUSY.includes(order.state) && verbsOf(order).length);
}

/** The squads that one is of. @param {Squad[]} all @returns {Squad[]} */
function own(all) {
  return all
    .filter(({ code }) => state.of.includes(code))
    .map(({ code, name, on_duty, on_duty_since, out_of_service }) => ({ code, name, on_duty, on_duty_since, out_of_service }));
}

/** @param {Case[]} news */
function tell(news) {
  if (!news.length) return;
  ring();
  announce(news.length === 1 ? word("squad.new_order", { matter: caseName(news[0]) }) : word("squad.new_orders", { n: news.length }));
}
