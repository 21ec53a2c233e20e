// The grid worker's page.

import { locate, rest } from "../phone/position.js";
import { here } from "../phone/router.js";
import { start } from "../phone/shell.js";
import { state } from "../phone/state.js";
import { waitingView } from "../phone/waiting.js";
import { amend } from "./amend.js";
import { caseView } from "./case.js";
import { mineView, tasksView } from "./cases.js";
import { draft, resume } from "./draft.js";
import { homeView } from "./home.js";
import { mapView, nomapView } from "./place.js";
import { read, recall } from "./reading.js";
import { reportView } from "./report.js";

const EVERY_MS = 60_000;
const VIEWS = { "": homeView, report: reportView, map: mapView, nomap: nomapView, waiting: () => waitingView(amend), tasks: tasksView, mine: mineView, case: caseView };

function place() {
  const [first, ...more] = state.grids;
  if (!first) return "";
  return more.length ? `${first.name} +${more.length}` : first.name;
}

/** @param {string} owner */
async function open(owner) {
  await Promise.all([recall(owner), resume()]);
  if (location.hash === "#report" && !draft()) history.replaceState(null, "", location.pathname);
  if (state.shift) locate();
}

// Finding the position costs the battery.
document.addEventListener("moved", () => { if (here() === "" && !state.shift) rest(); });

await start({ views: VIEWS, place, recall: open, read, every: EVERY_MS });
