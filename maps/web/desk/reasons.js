// Why a grid has its visits, in words.

import { fine } from "../shared/formats.js";
import { wordOr } from "../shared/words.js";

/** @import {Visit} from "./types.js" */

/** @param {Visit} visit @returns {string[]} */
export function reasons(visit) {
  return visit.reasons.map(({ code, n }) => wordOr(`reason.${code}`, code, { n: fine(n) }));
}
