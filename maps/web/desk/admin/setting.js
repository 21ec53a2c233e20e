// What can be given, and where: read once for the page.

import { all } from "../../shared/api.js";

/** @import {Setting} from "./types.js" */

/** @type {Promise<Setting> | null} */
let reading = null;

/** @returns {Promise<Setting>} */
export function setting() {
  reading ??= read();
  reading.catch(() => { reading = null; });
  return reading;
}

async function read() {
  const [roles, townships, squads] = await Promise.all([all("/api/roles"), all("/api/townships"), all("/api/squads")]);
  return /** @type {Setting} */ ({ roles, townships, squads });
}
