// The line at the top: where one works, and whether everything has arrived. Below it what stands in
// the way, each with what to do about it.

import { byId, fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { ahead } from "./clock.js";
import { PAGE, NAME, SIGN_IN } from "./page.js";
import { casesIn } from "./outbox/items.js";
import { live, state } from "./state.js";

/** @import {Child} from "../shared/dom.js" */

const WRONG_CLOCK_MS = 120_000;

/** @param {() => string} place where one works, if that is known */
export function header(place) {
  live(byId("where"), () => place() || state.me?.name || word(`${NAME}.title`), (said) => fill(byId("where"), said));
  live(byId("synced"), synced, (told) => {
    const chip = byId("synced");
    chip.dataset.state = told.kind;
    fill(chip, told.text);
  });
  live(byId("banners"), () => [trouble().map((one) => one.textContent), state.standing], () => fill(byId("banners"), ...trouble()));
  window.addEventListener("offline", () => document.dispatchEvent(new Event("state")));
}

function synced() {
  const waiting = casesIn(state.items);
  const refused = state.items.filter((item) => item.refused).length;
  if (refused) return { kind: "refused", text: word("field.sync_refused", { n: refused }) };
  if (state.standing === "out" || state.standing === "choose") return { kind: "refused", text: word("field.sync_sign_in") };
  if (waiting && state.sending.length) return { kind: "sending", text: word("field.sync_sending", { n: waiting }) };
  if (waiting) return { kind: "waiting", text: word("field.sync_waiting", { n: waiting }) };
  if (state.standing === "away" || !navigator.onLine) return { kind: "offline", text: word("field.sync_offline") };
  return { kind: "done", text: word("field.sync_done") };
}

/** @returns {HTMLElement[]} */
function trouble() {
  const found = [];
  if (!window.isSecureContext) found.push(banner(word("field.insecure"), make("a", { href: "/trust" }, word("field.insecure_go"))));
  if (state.standing === "out" && state.me) found.push(banner(word("field.signed_out", { name: state.me.name, n: state.items.length }), signIn()));
  if (state.standing === "choose") found.push(banner(word("problem.choose_password"), make("a", { href: `/choose-password?next=${PAGE}` }, word("choose.change"))));
  if (state.full) found.push(banner(word("field.full", { n: state.items.length }), make("a", { href: "#waiting" }, word("field.to_waiting"))));
  if (Math.abs(ahead()) > WRONG_CLOCK_MS) found.push(banner(word("field.clock", { n: Math.round(Math.abs(ahead()) / 60_000) })));
  return found;
}

function signIn() {
  return make("a", { href: SIGN_IN, class: "button primary" }, word("sign_in.go"));
}

/** @param {...Child} content */
function banner(...content) {
  return make("p", { class: "banner offline", role: "alert" }, ...content);
}
