// Which queues there are, and for whom: each is a list that the server keeps. `has` tells the same of
// one case, so that news need not be asked for; where it is missing only the server knows.

import { may } from "../../shared/may.js";
import { isLate } from "./until.js";

/** @import {Listed} from "./types.js" */
/** @typedef {{name: string, path: string, of: Parameters<typeof may>[0][], has?: (one: Listed, now: number) => boolean, rare?: boolean}} Queue  `rare`: offered only while something is in it. */

const CASES = "/api/incidents?state=";
/** Where no clock runs, what waits longest is first. */
const WAITING = "&order=oldest";

/** @param {string} wanted @returns {(one: Listed) => boolean} */
const stands = (wanted) => ({ state }) => state === wanted;
/** What a file brought has no number before its first step here, and waits apart.
 * @param {boolean} numbered @returns {(one: Listed) => boolean} */
const reported = (numbered) => ({ state, case_no }) => state === "reported" && (case_no !== null) === numbered;
/** @param {string | null | undefined} at @param {number} now */
const past = (at, now) => Boolean(at) && Date.parse(String(at)) < now;

/** @type {Queue[]} */
const ALL = [
  { name: "alarm", path: "/api/incidents?unacknowledged=true&order=due", of: ["file", "dispatch", "lead"], has: (one, now) => past(one.acknowledge_by, now) },
  { name: "file", path: `${CASES}reported&numbered=true${WAITING}`, of: ["file"], has: reported(true) },
  { name: "flood", path: "/api/incidents?flood=true&order=oldest", of: ["file"], has: ({ flood, state }) => flood && state === "reported", rare: true },
  { name: "checks", path: `${CASES}to_check&order=due`, of: ["file"], has: stands("to_check") },
  { name: "close", path: `${CASES}handled${WAITING}`, of: ["file"], has: stands("handled") },
  { name: "rechecks", path: `${CASES}to_recheck&order=due`, of: ["file"], has: stands("to_recheck") },
  { name: "dispatch", path: `${CASES}filed&order=promised`, of: ["dispatch"], has: stands("filed") },
  { name: "nobody", path: "/api/incidents?nobody_competent=true&order=oldest", of: ["dispatch"] },
  { name: "soon", path: "/api/incidents?due_soon=true&order=due", of: ["dispatch", "lead"], has: (one, now) => !isLate(one, now) && past(one.soon_at, now) },
  { name: "overdue", path: "/api/incidents?overdue=true&order=due", of: ["dispatch", "lead"], has: isLate },
  { name: "extensions", path: "/api/incidents?extension_asked=true&order=due", of: ["lead"] },
  { name: "imported", path: `${CASES}reported&numbered=false${WAITING}`, of: ["file"], has: reported(false) },
  { name: "answers", path: "/api/enquiries?waits=answer", of: ["contact"] },
  { name: "calls", path: "/api/enquiries?waits=call_back", of: ["contact"] },
];
export const QUEUES = ALL.filter(({ of }) => of.some((verb) => may(verb)));
/** What whoever opens the desk sees at first. */
export const FIRST = QUEUES.find(({ name }) => ["file", "dispatch", "extensions"].includes(name)) ?? QUEUES[0];
