// Which queues there are, and for whom: each is a list that the server keeps.

import { may } from "../../shared/may.js";

const CASES = "/api/incidents?state=";
/** @type {{name: string, path: string, of: Parameters<typeof may>[0][]}[]} */
const ALL = [
  { name: "alarm", path: "/api/incidents?unacknowledged=true&order=due", of: ["file", "dispatch", "lead"] },
  { name: "file", path: `${CASES}reported`, of: ["file"] },
  { name: "checks", path: `${CASES}to_check&order=due`, of: ["file"] },
  { name: "close", path: `${CASES}handled`, of: ["file"] },
  { name: "rechecks", path: `${CASES}to_recheck&order=due`, of: ["file"] },
  { name: "dispatch", path: `${CASES}filed&order=due`, of: ["dispatch"] },
  { name: "soon", path: "/api/incidents?due_within=60&order=due", of: ["dispatch"] },
  { name: "overdue", path: "/api/incidents?overdue=true&order=due", of: ["dispatch"] },
  { name: "extensions", path: "/api/incidents?extension_asked=true&order=due", of: ["lead"] },
  { name: "answers", path: "/api/enquiries?waits=answer", of: ["contact"] },
  { name: "calls", path: "/api/enquiries?waits=call_back", of: ["contact"] },
];
export const QUEUES = ALL.filter(({ of }) => of.some((verb) => may(verb)));
/** What whoever opens the desk sees at first. */
export const FIRST = QUEUES.find(({ name }) => ["file", "dispatch", "extensions"].includes(name)) ?? QUEUES[0];
