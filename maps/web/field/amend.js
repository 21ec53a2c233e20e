// Putting right what was refused or came back: it is opened where it was made, with all that it held.

import { word } from "../shared/words.js";
import { now } from "../phone/clock.js";
import { begin, draft } from "./draft.js";
import { ofPerson, picture } from "../phone/outbox/items.js";
import { caseOf } from "../phone/reading.js";
import { go } from "../phone/router.js";
import { state } from "../phone/state.js";

/** @import {Case, Point} from "../phone/types.js" */
/** @import {Item, Photo} from "../phone/outbox/items.js" */

/** @param {Item} item */
export async function amend(item) {
  if (item.kind === "step" && item.verb !== "amend") return go(`case/${item.case}`);
  if (!free()) return;
  const returned = item.verb === "amend" ? item.refused?.values.version ?? item.body.seen_version : undefined;
  const told = item.body.report ?? item.body;
  const { matter, description = "", address = "", answers = {} } = told;
  // What a clock gone wild told is refused whenever it is sent.
  const occurred_at = item.refused?.code === "bad_moment" ? now() : told.occurred_at ?? item.body.happened_at;
  const sent = (await caseOf(item.case))?.photos;
  await begin({ id: item.case, matter, description, address, answers, occurred_at, photos: await shots(item), sent, ...where(told), amends: true, returned });
  await go("report");
}

/** A report that came back is put right where it lies. @param {Case} one */
export async function again(one) {
  if (!free()) return;
  const { id, matter, description, address, answers = {}, occurred_at, lon, lat, version, photos: sent } = one;
  const photos = await shots({ case: id, owner: state.me?.id ?? "" });
  await begin({ id, matter, description: description ?? "", address: address ?? "", answers, occurred_at, photos, sent, pin: { lon, lat }, amends: true, returned: version });
  await go("report");
}

/** A new report in the place of one that the bureau did not take. @param {Case} one */
export async function anew({ matter, description, address, lon, lat }) {
  if (!free()) return;
  await begin({ matter, description: description ?? "", address: address ?? "", pin: { lon, lat } });
  await go("report");
}

/** Only one report is written at a time; the one that was begun is not lost unasked. */
function free() {
  return draft() === null || confirm(word("field.instead_sure"));
}

/** Where it was then, not where its bearer is now. @param {Record<string, any>} body @returns {{fix: import("../phone/types.js").Fix | null, pin: Point | null}} */
function where({ lon, lat, accuracy_m = 0, moved }) {
  const fix = { ...(moved ?? { lon, lat }), accuracy_m, at: 0 };
  return { fix, pin: moved || !accuracy_m ? { lon, lat } : null };
}

/** Those that still wait to be sent. @param {Pick<Item, "case" | "owner">} item @returns {Promise<Photo[]>} */
async function shots(item) {
  const photos = (await ofPerson(item.owner)).filter((other) => other.case === item.case && other.kind === "photo");
  const all = await Promise.all(photos.map(async ({ id, body }) => ({ id, kind: body.kind, picture: await picture(id) })));
  return all.flatMap((photo) => (photo.picture ? [{ ...photo, picture: photo.picture }] : []));
}
