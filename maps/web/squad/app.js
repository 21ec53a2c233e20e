// The squad's page: orders come in, and are worked to the end.

import { locate, position, rest } from "../phone/position.js";
import { start } from "../phone/shell.js";
import { state } from "../phone/state.js";
import { waitingView } from "../phone/waiting.js";
import { go } from "../phone/router.js";
import { PAGE } from "../phone/page.js";
import { homeView } from "./home.js";
import { listen } from "./listening.js";
import { orderView, stepView } from "./order.js";
import { read, recall } from "./orders.js";
import { remind } from "./reminding.js";
import { onFirstTouch } from "./sound.js";

/** @import {Item} from "../phone/outbox/items.js" */

const EVERY_MS = 12_000;
const STEPS = Object.fromEntries(["finish", "give_opinion", "decline"].map((verb) => [verb, (/** @type {string} */ id) => stepView(verb, id)]));
const VIEWS = { "": homeView, waiting: () => waitingView(amend), order: orderView, ...STEPS };

/** A report is put right where it was made. @param {Item} item */
async function amend({ kind, verb = "", case: id }) {
  if (kind === "report") location.assign("/field#waiting");
  else await go(verb in STEPS ? `${verb}/${id}` : `order/${id}`);
}

function place() {
  return state.squads.map(({ name }) => name).join(" ");
}

// Nobody is asked for sound or position before touching the page.
onFirstTouch(locate);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) rest();
  else if (position.fix) locate();
});

remind();
await start({ views: VIEWS, place, recall, read, every: EVERY_MS, listen });
