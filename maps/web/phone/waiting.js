// What is not there yet: each thing with its state, and what can be done about one that was refused.

import { fill, make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { word, wordOr } from "../shared/words.js";
import { itemName, reasonName } from "./names.js";
import { bars, discard, hangingOn, note, picture } from "./outbox/items.js";
import { sendNow } from "./outbox/triggers.js";
import { count } from "./counting.js";
import { live, state } from "./state.js";

/** @import {Item} from "./outbox/items.js" */

/** Nothing is gained by sending these once more. */
const SETTLED = ["other_content", "photo_lost"];

/** @param {(item: Item) => Promise<void>} amend puts right what was refused */
export function waitingView(amend) {
  const place = make("div", { class: "stack", "aria-live": "polite" });
  live(place, () => [state.items, state.sending, state.standing, state.others], () => fill(place, ...all(amend)));
  return { title: word("field.waiting"), content: [place] };
}

/** @param {(item: Item) => Promise<void>} amend */
function all(amend) {
  const { items, others } = state;
  const now = make("button", { type: "button", class: "primary wide" }, word("field.send_all"));
  now.addEventListener("click", () => void again(items));
  return [
    items.length ? now : make("p", { class: "good" }, word("field.nothing_waits")),
    make("ul", { class: "rows" }, ...byCase(items).map((own) => whole(own, amend))),
    others ? make("p", { class: "quiet" }, word("field.others", { n: others })) : null,
    items.length ? make("p", { class: "quiet" }, word("field.waiting_hint")) : null,
  ];
}

/** @param {Item[]} items @returns {Item[][]} */
function byCase(items) {
  /** @type {Map<string, Item[]>} */
  const cases = new Map();
  for (const item of items) cases.set(item.case, [...(cases.get(item.case) ?? []), item]);
  return [...cases.values()];
}

/** All that waits of one case. @param {Item[]} own @param {(item: Item) => Promise<void>} amend */
function whole(own, amend) {
  return make("li", {}, ...own.map((item) => part(item, amend)));
}

/** @param {Item} item @param {(item: Item) => Promise<void>} amend */
function part(item, amend) {
  const [kind, text] = standing(item);
  const chip = make("span", { class: `chip ${kind}` }, text);
  return make("div", { class: `item stack ${kind}`, "data-id": item.id },
    make("span", { class: "head" }, chip, make("strong", {}, itemName(item)), make("span", { class: "quiet" }, time(item.made_at))),
    item.refused ? make("p", { class: "failure" }, reasonName(item, item.refused)) : null,
    item.kind === "photo" ? thumbnail(item) : null,
    item.refused ? choices(item, amend) : null);
}

/** @param {Item} item @returns {[string, string]} */
function standing(item) {
  if (item.refused) return ["refused", word("field.item_refused")];
  if (state.sending.includes(item.id)) return ["on-the-way", word("field.item_sending")];
  if (state.standing === "out") return ["waiting", word("field.item_sign_in")];
  const held = state.items.some((other) => other.case === item.case && other.n < item.n && bars(other));
  return ["waiting", word(held ? "field.item_held" : item.tries ? "field.item_again" : "field.item_waiting")];
}

/** @param {Item} item @param {(item: Item) => Promise<void>} amend */
function choices(item, amend) {
  const drop = press("field.discard", () => giveUp(item));
  if (SETTLED.includes(item.refused?.code ?? "")) return make("div", { class: "row" }, drop);
  const right = item.kind === "photo" || item.kind === "duty" ? null : press("field.put_right", () => amend(item));
  return make("div", { class: "row" }, press("field.try_again", () => retry(item)), right, drop);
}

/** Whoever was told how the case stands now, and still wants it, has seen that. @param {Item} item */
async function retry({ id, body, refused }) {
  const seen = refused?.code === "stale" ? { body: { ...body, seen_version: refused.values.version } } : {};
  await note(id, { refused: null, tries: 0, not_before: 0, ...seen });
  sendNow();
}

/** @param {Item} item */
async function giveUp(item) {
  const along = hangingOn(item, state.items).length;
  if (!confirm(word(along ? "field.discard_all" : "field.discard_sure", { name: itemName(item), n: along }))) return;
  await discard(item);
  await count();
  sendNow();
}

/** @param {Item[]} items */
async function again(items) {
  for (const item of items) if (!item.refused && item.not_before) await note(item.id, { not_before: 0 });
  sendNow();
}

/** @param {string} label @param {() => Promise<void>} work */
function press(label, work) {
  const button = make("button", { type: "button" }, word(label));
  button.addEventListener("click", () => void work());
  return button;
}

/** @param {Item} item */
function thumbnail({ id, body }) {
  const image = make("img", { class: "thumbnail", alt: wordOr(`photo.${body.kind}`, body.kind), hidden: true });
  void picture(id).then((found) => {
    if (!found) return;
    image.src = URL.createObjectURL(found);
    image.hidden = false;
    image.onload = () => URL.revokeObjectURL(image.src);
  });
  return image;
}
