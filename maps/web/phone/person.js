// Who is at this phone. Without a signal it is whoever signed in last and has not signed out.

import { get, Refusal, Unreachable, useToken } from "../shared/api.js";
import { hold, holder, release } from "../shared/holder.js";
import { forget } from "./kept.js";
import { PAGE } from "./page.js";
import { set, state } from "./state.js";

/** @import {Account} from "./types.js" */

const LEAVING = "leaving";
/** For whom this page was drawn: what is written on it is theirs. @type {string | null} */
let drawn = null;
/** Whether this page is on its way out. */
let going = false;

/** Sees for whom the page is to be drawn. */
export async function settle() {
  set({ me: holder() });
  // The first visit, or somebody has signed out: only the server can say who it is.
  if (!state.me) await meet();
  drawn = state.me?.id ?? null;
}

/** Asks the server who it is; whether it knows. */
export async function meet() {
  try {
    /** @type {Account} */
    const account = await get("/api/account");
    if (localStorage.getItem(LEAVING) === account.id) return await leave(account);
    localStorage.removeItem(LEAVING);
    useToken(account.csrf ?? "");
    if (account.id !== holder()?.id) await forget(account.id);
    hold(account);
    return found({ standing: "in", of: account.squads });
  } catch (failure) {
    if (failure instanceof Unreachable) found({ standing: "away" });
    else if (failure instanceof Refusal) await ended(failure);
    else throw failure;
    return false;
  }
}

/** Takes what holds now of whoever is here. A page that was drawn for somebody else, or for whoever has left, begins anew. @param {Partial<typeof state>} changes */
function found(changes) {
  const me = holder();
  const same = drawn === null || me?.id === drawn;
  if (same) set({ me, ...changes });
  else beginAnew();
  return same;
}

/** Once: a second going would break off the first. */
function beginAnew() {
  if (!going) location.replace(PAGE);
  going = true;
}

/** The session has ended: what it showed of cases goes; who was here may go on reporting. @param {Refusal} failure */
async function ended({ problem }) {
  const standing = problem.code === "choose_password" ? "choose" : problem.status === 401 ? "out" : "away";
  if (standing !== "out") return found({ standing });
  localStorage.removeItem(LEAVING);
  await forget(holder()?.id ?? null);
  found({ standing, tasks: [], mine: [], orders: [], notices: [] });
}

/** Leaves the phone to the next one. What waits stays, and is sent once its owner is back. */
export async function signOut() {
  localStorage.setItem(LEAVING, drawn ?? "");
  release();
  try {
    await forget(null);
    await meet();
  } finally {
    beginAnew();
  }
}

/** Without a signal one can only say so: it is carried out with the first answer, and done when the server knows nobody any more. @param {Account} account */
async function leave({ csrf }) {
  await fetch("/sign-out", { method: "POST", body: new URLSearchParams({ csrf: csrf ?? "" }), redirect: "manual" }).catch(() => {});
  await get("/api/account");
  found({ standing: "away" });
  return false;
}
