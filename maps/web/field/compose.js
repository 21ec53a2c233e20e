// A report as it is sent, made of what was written.

import { inside } from "../phone/area.js";
import { step } from "../phone/steps.js";

/** @import {Draft, Grid, Matter, Point} from "../phone/types.js" */
/** @import {Entry} from "../phone/outbox/items.js" */

/** The place that is claimed. @param {Draft} draft @param {Grid[]} grids */
export function placed({ fix, pin, grid, spot }, grids) {
  if (pin) return { ...plain(pin), ...(fix ? { moved: plain(fix) } : {}) };
  if (fix) return { ...plain(fix), accuracy_m: fix.accuracy_m };
  if (grid && spot) return { ...plain(spot), accuracy_m: spot.accuracy_m };
  const home = grids.find(({ code }) => code === grid);
  // Somewhere in the grid: the circle is as large as the grid.
  return home ? { ...inside(home), accuracy_m: Math.round(Math.sqrt(home.area_m2 / Math.PI)) } : null;
}

/** @param {Draft} draft @param {Grid[]} grids @returns {Record<string, any>} */
export function report(draft, grids) {
  return { id: draft.id, occurred_at: draft.occurred_at, source: "grid_worker", ...told(draft, grids) };
}

/** What is told anew where a report is put right. @param {Draft} draft @param {Grid[]} grids @returns {Record<string, any>} */
function told(draft, grids) {
  const said = { description: draft.description.trim(), address: draft.address.trim() };
  const texts = Object.fromEntries(Object.entries(said).filter(([, text]) => text));
  const answers = Object.fromEntries(Object.entries(draft.answers).filter(([, value]) => value !== "" && value?.length !== 0));
  return { matter: draft.matter, ...placed(draft, grids), datum: "wgs84", ...texts, ...(Object.keys(answers).length ? { answers } : {}) };
}

/**
 * All that is to be sent of it, in order.
 * @param {Draft} draft @param {Matter} matter @param {Grid[]} grids @param {string} owner @param {string} at @returns {Entry[]}
 */
export function entries(draft, matter, grids, owner, at) {
  const common = { owner, case: draft.id, matter: { zh: matter.name_zh, en: matter.name_en } };
  const photos = draft.photos.map(({ id, kind }) => ({ ...common, id, kind: /** @type {const} */ ("photo"), body: { kind } }));
  const ids = photos.map(({ id }) => id);
  if (draft.returned) return [...photos, step(common, "amend", { seen_version: draft.returned, report: told(draft, grids), photos: ids }, at)];
  const first = { ...common, id: draft.id, kind: /** @type {const} */ ("report"), body: report(draft, grids) };
  if (!draft.fixed) return [first, ...photos];
  return [first, ...photos, step(common, "fix_on_spot", { photos: ids }, at)];
}

/** @param {Point} at @returns {Point} */
function plain({ lon, lat }) {
  return { lon, lat };
}
