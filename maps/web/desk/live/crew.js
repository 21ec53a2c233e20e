// With whom and by what a squad comes, in words: as the shift that is on tells, else as the squad is kept.

import { word } from "../../shared/words.js";

/** @import {Squad} from "./types.js" */

/** A shift's word for no vehicle. */
const NONE = "none";

/** @param {Pick<Squad, "members" | "vehicle" | "vehicles" | "skills">} one */
export function crewOf({ members, vehicle, vehicles, skills }) {
  const drives = vehicle && vehicle !== NONE ? vehicle : vehicles && word(vehicles === 1 ? "crew.vehicle" : "crew.vehicles", { n: vehicles });
  const by = vehicle === NONE || vehicles === 0 ? word("crew.on_foot") : drives;
  return [members && word("crew.members", { n: members }), by, ...(skills ?? [])].filter(Boolean).join(" · ");
}
