// Handing a report over to the outbox, with the best position that there is.

import { make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { announce } from "../phone/announce.js";
import { now } from "../phone/clock.js";
import { entries } from "./compose.js";
import { alter, draft, finished, NAME } from "./draft.js";
import { handOver } from "../phone/handing.js";
import { ofPerson } from "../phone/outbox/items.js";
import { EVENT, locate, position, quality } from "../phone/position.js";
import { used } from "./recent.js";
import { matterOf } from "../phone/names.js";
import { home } from "../phone/router.js";
import { stay } from "../phone/install.js";
import { owner, state } from "../phone/state.js";
import { sure } from "./where.js";

/** @import {Draft, Matter} from "../phone/types.js" */

const PATIENCE_S = 20;

export async function send() {
  const { pin, grid, amends } = /** @type {Draft} */ (draft());
  const settled = pin || grid || amends;
  if (!settled && !(await betterFix())) return;
  const whole = settled ? /** @type {Draft} */ (draft()) : await alter({ fix: position.fix });
  if (!(await hand(whole, owner()))) return;
  used(whole.matter ?? "");
  finished();
  void stay();
  await home();
  announce(word(navigator.onLine ? "field.sent_now" : "field.sent_later"));
}

/** Whether it is kept. @param {Draft} whole @param {string} owner */
async function hand(whole, owner) {
  const matter = /** @type {Matter} */ (matterOf(whole.matter ?? ""));
  const waiting = (await ofPerson(owner)).filter((item) => item.case === whole.id);
  const before = waiting.filter(({ kind }) => kind === "photo").map(({ id }) => id);
  const old = waiting.filter(({ verb }) => verb === "amend").map(({ id }) => id);
  // What lies in the outbox already stays there, but for what was taken out.
  const all = entries(whole, matter, state.grids, owner, now()).filter(({ id }) => !before.includes(id));
  const gone = before.filter((id) => !whole.photos.some((photo) => photo.id === id));
  return handOver(all, whole.photos.filter(({ id }) => !before.includes(id)), { draft: NAME, instead: [...gone, ...old] });
}

/** Waits until the position is good, or its bearer lets go; false to go back. @returns {Promise<boolean>} */
function betterFix() {
  locate();
  if (quality(position.fix) === "good") return Promise.resolve(true);
  const text = make("p", { role: "status" });
  const go = make("button", { type: "button", class: "primary wide" }, word("field.send_as_is"));
  const back = make("button", { type: "button" }, word("field.back"));
  const pin = make("a", { href: "#map", class: "button" }, word("field.move"));
  const none = make("a", { href: "#nomap", class: "button" }, word("field.without_map"));
  const title = make("h2", { id: "waiting-fix" });
  const dialog = make("dialog", { class: "stack", "aria-labelledby": "waiting-fix" }, title, text, go, make("div", { class: "row" }, pin, none, back));
  return new Promise((resolve) => {
    const show = () => {
      if (quality(position.fix) === "good") return end(true);
      // Nobody waits for what does not come.
      const refused = position.trouble === "refused";
      title.textContent = word(refused ? "field.no_fix" : "field.waiting_fix");
      go.hidden = refused;
      if (refused) return void (text.textContent = sure(null));
      const waited = Math.round((Date.now() - position.since) / 1000);
      go.disabled = position.fix === null;
      text.textContent = `${sure(position.fix)} ${waited < PATIENCE_S ? word("field.seconds", { n: waited }) : word("field.no_better")}`;
    };
    const timer = setInterval(show, 1000);
    const end = (/** @type {boolean} */ whether) => {
      clearInterval(timer);
      document.removeEventListener(EVENT, show);
      dialog.remove();
      resolve(whether);
    };
    document.addEventListener(EVENT, show);
    go.addEventListener("click", () => end(true));
    for (const other of [back, pin, none]) other.addEventListener("click", () => end(false));
    dialog.addEventListener("cancel", () => end(false));
    document.body.append(dialog);
    dialog.showModal();
    show();
  });
}
