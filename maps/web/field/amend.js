// Putting right what was refused: it is opened where it was made, with all that it held.

import { word } from "../shared/words.js";
import { begin, draft } from "./draft.js";
import { ofPerson, picture } from "../phone/outbox/items.js";
import { go } from "../phone/router.js";

/** @import {Case, Point} from "../phone/types.js" */
/** @import {Item, Photo} from "../phone/outbox/items.js" */

/** @param {Item} item */
export async function amend(item) {
  if (item.kind === "step") return go(`case/${item.case}`);
  if (!free()) return;
  const { matter, description = "", address = "", answers = {}, occurred_at } = item.body;
  await begin({ id: item.id, matter, description, address, answers, occurred_at, photos: await shots(item), ...where(item.body), amends: true });
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

/** @param {Item} item @returns {Promise<Photo[]>} */
async function shots(item) {
  const photos = (await ofPerson(item.owner)).filter((other) => other.case === item.id && other.kind === "photo");
  const all = await Promise.all(photos.map(async ({ id, body }) => ({ id, kind: body.kind, picture: await picture(id) })));
  return all.flatMap((photo) => (photo.picture ? [{ ...photo, picture: photo.picture }] : []));
}
