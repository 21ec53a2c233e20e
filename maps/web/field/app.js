// The grid worker's page: what lies on the phone first, then what the server says.

import { byId } from "../shared/dom.js";
import { caseView } from "./case.js";
import { mineView, tasksView } from "./cases.js";
import { compare } from "./clock.js";
import { draft, resume } from "./draft.js";
import { header } from "./header.js";
import { homeView } from "./home.js";
import { install } from "./install.js";
import { CHANGED } from "./outbox/items.js";
import { keepSending } from "./outbox/triggers.js";
import { meet, signOut } from "./person.js";
import { mapView, nomapView } from "./place.js";
import { locate, rest } from "./position.js";
import { count, read, recall } from "./reading.js";
import { reportView } from "./report.js";
import { back, here, route } from "./router.js";
import { set, state } from "./state.js";
import { waitingView } from "./waiting.js";
import { holder } from "../shared/holder.js";

const EVERY_MS = 60_000;
const VIEWS = { "": homeView, report: reportView, map: mapView, nomap: nomapView, waiting: waitingView, tasks: tasksView, mine: mineView, case: caseView };

/** @param {string} owner */
async function open(owner) {
  await Promise.all([recall(owner), count(), resume()]);
  if (location.hash === "#report" && !draft()) history.replaceState(null, "", location.pathname);
}

function follow() {
  new BroadcastChannel(CHANGED).addEventListener("message", ({ data }) => {
    if (data.sending) return set({ sending: data.sending });
    if (data.standing) return void told(data.standing);
    void count();
  });
  // Finding the position costs the battery.
  document.addEventListener("moved", () => { if (here() === "" && !state.shift) rest(); });
  setInterval(() => { if (!document.hidden) void read(); }, EVERY_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void again(); });
  window.addEventListener("online", () => void again());
}

/** A run of the outbox ended: it may have learnt who is there, and the lists are not the same any more. @param {{why: string | null}} end */
async function told({ why }) {
  set({ sending: [] });
  if (why !== "unreachable") await read();
}

function again() {
  return Promise.all([read(), compare()]);
}

async function begin() {
  set({ me: holder() });
  // The first visit, or somebody has signed out: only the server can say who it is.
  if (!state.me) await meet();
  if (!state.me && state.standing === "out") return location.replace("/sign-in?next=/field");
  if (state.me) await open(state.me.id);
  header();
  if (!state.me) return void (byId("content").textContent = byId("first").textContent);
  await route(VIEWS);
  if (state.shift) locate();
  follow();
  keepSending();
  byId("sign-out").addEventListener("click", () => void signOut());
  byId("back").addEventListener("click", back);
  await again();
}

await Promise.all([begin(), install()]);
