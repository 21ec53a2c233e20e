// Who is at this phone. Without a signal it is whoever signed in last and has not signed out.

import { get, Refusal, Unreachable, useToken } from "../shared/api.js";
import { hold, holder, release } from "../shared/holder.js";
import { forget } from "./kept.js";
import { PAGE } from "./page.js";
import { set, state } from "./state.js";

/** @import {Account} from "./types.js" */

const LEAVING = "leaving";

/** Asks the server who it is; whether it knows. */
export async function meet() {
  try {
    /** @type {Account} */
    const account = await get("/api/account");
    if (localStorage.getItem(LEAVING)) return await leave(account);
    useToken(account.csrf ?? "");
    if (account.id !== holder()?.id) await forget(account.id);
    hold(account);
    // Somebody else has signed in beside this page: what it shows is not theirs.
    if (state.me && state.me.id !== account.id) location.reload();
    set({ me: holder(), standing: "in", of: account.squads });
    return true;
  } catch (failure) {
    if (failure instanceof Unreachable) set({ me: holder(), standing: "away" });
    else if (failure instanceof Refusal) await ended(failure);
    else throw failure;
    return false;
  }
}

/** The session has ended: what it showed of cases goes; who was here may go on reporting. @param {Refusal} failure */
async function ended({ problem }) {
  const standing = problem.code === "choose_password" ? "choose" : problem.status === 401 ? "out" : "away";
  if (standing === "out") {
    localStorage.removeItem(LEAVING);
    await forget(holder()?.id ?? null);
    set({ tasks: [], mine: [], orders: [], notices: [] });
  }
  set({ me: holder(), standing });
}

/** Leaves the phone to the next one. What waits stays, and is sent once its owner is back. */
export async function signOut() {
  localStorage.setItem(LEAVING, "yes");
  release();
  await forget(null);
  await meet();
  location.replace(PAGE);
}

/** Without a signal one can only say so: it is carried out with the first answer. @param {Account} account */
async function leave({ csrf }) {
  await fetch("/sign-out", { method: "POST", body: new URLSearchParams({ csrf: csrf ?? "" }), redirect: "manual" });
  localStorage.removeItem(LEAVING);
  set({ me: null, standing: "out" });
  return false;
}
