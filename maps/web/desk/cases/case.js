// One case in full: what it is, by when, what can be done with it, who waits for it, what is like it.

import { get } from "../../shared/api.js";
import { byId, fill, make } from "../../shared/dom.js";
import { time } from "../../shared/formats.js";
import { region } from "../../shared/region.js";
import { word, wordOr } from "../../shared/words.js";
import { due } from "./due.js";
import { duplicates } from "./duplicates.js";
import { enquiries } from "./enquiries.js";
import { history } from "./history.js";
import { matterOf } from "./row.js";
import { verbs } from "./verbs.js";

/** @import {Case} from "./types.js" */

const place = byId("case");
let shown = "";
let version = 0;

export function current() {
  return shown;
}

/** @param {string} id */
export async function show(id) {
  shown = id;
  await region(place, async () => draw(await get(`/api/incidents/${id}`)));
  byId("case-panel").focus({ preventScroll: true });
}

/** Others may have done something: told by a bar, so that nothing moves under one's hands. */
export async function look() {
  if (!shown || place.querySelector(".changed")) return;
  /** @type {Case} */
  const now = await get(`/api/incidents/${shown}`);
  if (now.id !== shown || now.version === version) return;
  const bar = make("button", { type: "button", class: "news changed" }, word("cases.changed", { state: wordOr(`state.${now.state}`, now.state) }));
  bar.addEventListener("click", () => draw(now));
  place.prepend(bar);
}

/** A case as it is now; `news` are steps that others have taken meanwhile. @param {Case} one @param {HTMLElement | null} [news] */
export function draw(one, news = null) {
  if (one.id !== shown) return;
  version = one.version;
  const waiting = make("section", { class: "stack" });
  const alike = make("section", { class: "stack" });
  fill(byId("case-title"), matterOf(one), " ", make("span", { class: `chip state ${one.state}` }, wordOr(`state.${one.state}`, one.state)));
  fill(place, news, head(one), facts(one), one.description && make("p", { class: "said" }, one.description), photos(one), verbs(one), waiting, alike, history(one));
  void enquiries(waiting, one);
  void duplicates(alike, one);
}

/** @param {Case} one */
function head(one) {
  const by = one.acknowledge_by ? make("span", { class: "failure" }, word("cases.unacknowledged"), " ", due(one.acknowledge_by)) : due(one.due?.at, one.due?.provisional);
  return make("p", { class: "row" }, make("strong", {}, one.case_no ?? word("cases.unnumbered")), by);
}

/** @param {Case} one */
function facts(one) {
  const grid = one.grid ? word("cases.grid", { code: one.grid }) : word("call.no_grid");
  const rows = [
    ["cases.address", one.address ?? word("cases.no_address")],
    ["cases.in_grid", one.uncertain ? `${grid} · ${word("cases.uncertain")}` : grid],
    ["cases.occurred", time(one.occurred_at)],
    ["cases.source", wordOr(`cases.from.${one.source}`, wordOr(`enquiry.channel.${one.source}`, one.source))],
    ["cases.squad", one.squad],
  ];
  const told = rows.filter(([, text]) => text).flatMap(([key, text]) => [make("dt", {}, word(String(key))), make("dd", {}, text)]);
  const root = one.merged_into && make("a", { href: `#case=${one.merged_into}` }, word("cases.root"));
  return make("dl", { class: "facts" }, ...told, ...(root ? [make("dt", {}, word("cases.merged")), make("dd", {}, root)] : []));
}

/** @param {Case} one */
function photos({ id, photos: all }) {
  if (!all.length) return null;
  return make("ul", { class: "shots" }, ...all.map((photo) => {
    const address = `/api/incidents/${id}/photos/${photo.id}`;
    const alt = `${wordOr(`photo.${photo.kind}`, photo.kind)} ${time(photo.at)}`;
    const away = photo.metres !== null && make("span", { class: "quiet small" }, word("cases.photo_away", { m: photo.metres }));
    return make("li", {}, make("a", { href: address, target: "_blank" }, make("img", { src: `${address}?size=small`, alt, loading: "lazy" })), away);
  }));
}
