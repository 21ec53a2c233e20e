// What the pages on the phone have in common: what lies on the phone first, then what the server says.

import { byId } from "../shared/dom.js";
import { compare } from "./clock.js";
import { count } from "./counting.js";
import { header } from "./header.js";
import { install } from "./install.js";
import { CHANGED } from "./outbox/items.js";
import { keepSending } from "./outbox/triggers.js";
import { SIGN_IN } from "./page.js";
import { settle, signOut } from "./person.js";
import { poll } from "./polling.js";
import { back, route } from "./router.js";
import { set, state } from "./state.js";

/**
 * @typedef {object} Page
 * @property {Parameters<typeof route>[0]} views
 * @property {() => string} place  What the line at the top says.
 * @property {(owner: string) => Promise<void>} recall  Shows what lies on the phone.
 * @property {() => Promise<void>} read  Asks the server.
 * @property {number} every  How often, in ms, while somebody looks.
 * @property {(read: () => Promise<void>) => () => boolean} [listen]  Has it read as soon as there is
 *   something new; whether that lives now.
 */

/** @param {Page} page */
export function start(page) {
  return Promise.all([begin(page), install()]);
}

/** @param {Page} page */
async function begin({ views, place, recall, read, every, listen }) {
  await settle();
  if (!state.me && state.standing === "out") return location.replace(SIGN_IN);
  if (state.me) await Promise.all([recall(state.me.id), count()]);
  header(place);
  if (!state.me) return void (byId("content").textContent = byId("first").textContent);
  await route(views);
  follow(read, every, listen?.(read) ?? (() => false));
  keepSending();
  byId("sign-out").addEventListener("click", () => void signOut());
  byId("back").addEventListener("click", back);
  await Promise.all([read(), compare()]);
}

/** @param {() => Promise<void>} read @param {number} every @param {() => boolean} isLive */
function follow(read, every, isLive) {
  const again = () => Promise.all([read(), compare()]);
  new BroadcastChannel(CHANGED).addEventListener("message", ({ data }) => {
    if (data.sending) return set({ sending: data.sending });
    if (data.standing) return void told(data.standing, read);
    void count();
  });
  poll(read, every, isLive);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void again(); });
  window.addEventListener("online", () => void again());
}

/** A run of the outbox ended: it may have learnt who is there, and the lists are not the same any more. @param {{why: string | null}} end @param {() => Promise<void>} read */
async function told({ why }, read) {
  set({ sending: [] });
  if (why !== "unreachable") await read();
}
