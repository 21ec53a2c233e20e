// What the page knows by now. Its parts look again when something changes.

/** @import {Account, Case, Grid, Matter, Notice, Order, Place, Squad} from "./types.js" */
/** @import {Item} from "./outbox/items.js" */
/** @import {Holder} from "../shared/holder.js" */

export const state = {
  /** @type {Holder | null} */
  me: null,
  /** @type {"in" | "out" | "choose" | "away" | null} Whether the server knows that person; away: no answer. */
  standing: null,
  /** @type {Matter[]} */
  matters: [],
  /** @type {Grid[]} */
  grids: [],
  /** @type {Place[]} */
  places: [],
  /** @type {Case[]} */
  tasks: [],
  /** @type {Case[]} */
  mine: [],
  /** @type {Order[]} */
  orders: [],
  /** @type {string[]} The squads that one is of. */
  of: [],
  /** @type {Squad[]} The same, and how they stand. */
  squads: [],
  /** @type {string | null} When the lists were read. */
  readAt: null,
  /** @type {Notice[]} */
  notices: [],
  /** @type {Item[]} */
  items: [],
  /** @type {string[]} */
  sending: [],
  /** Of other people, on the same phone. */
  others: 0,
  /** Whether there was no room for what was to be kept last. */
  full: false,
  /** @type {string | null} Since when on shift. */
  shift: null,
};

const EVENT = "state";

/** @param {Partial<typeof state>} changes */
export function set(changes) {
  Object.assign(state, changes);
  document.dispatchEvent(new Event(EVENT));
}

/** As whom alone something is written down and sent. */
export function owner() {
  if (!state.me) throw new Error("nobody is here to write this");
  return state.me.id;
}

/** @type {WeakMap<HTMLElement, string>} */
const shown = new WeakMap();

/**
 * Keeps a place in step with what is known. It is drawn anew only if what `of` gives has changed:
 * nothing jumps under a finger. @template T
 * @param {HTMLElement} place @param {() => T} of @param {(told: T) => void} show
 */
export function live(place, of, show) {
  const look = () => {
    const told = of();
    const print = JSON.stringify(told);
    if (shown.get(place) === print) return;
    shown.set(place, print);
    show(told);
  };
  let shownYet = false;
  const again = () => {
    if (place.isConnected) shownYet = true;
    else if (shownYet) return document.removeEventListener(EVENT, again);
    look();
  };
  look();
  document.addEventListener(EVENT, again);
}
