// The five maps as cards: a look at each, and its page, picture and offline file.

import { fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";

/** @import {Overview} from "./types.js" */

const NAMES = ["frequency", "hotspots", "incidents", "squads", "partition"];

/** What a map cannot do without, by the first thing that is missing. @param {string} name @param {Overview} all */
function missing(name, all) {
  const needs = {
    townships: all.townships > 0,
    incidents: name !== "incidents" || all.incidents > 0,
    squads: name !== "squads" || all.squads > 0,
    run: name !== "hotspots" || all.run !== null,
    plan: name !== "frequency" || planOf(all) !== null,
  };
  return Object.entries(needs).find(([, there]) => !there)?.[0] ?? null;
}

/** @param {Overview} all */
function planOf(all) {
  return all.next_week.plan ?? all.this_week.plan;
}

/** @param {HTMLElement} place @param {Overview} all */
export function showMaps(place, all) {
  fill(place, ...NAMES.map((name, at) => card(name, all, at < 2)));
}

/** @param {string} name @param {Overview} all @param {boolean} large */
function card(name, all, large) {
  const title = word(`map.${name}`);
  const need = missing(name, all);
  const query = new URLSearchParams({ lang: document.documentElement.lang });
  if (name === "frequency" && planOf(all)) query.set("plan", String(planOf(all)));
  if (name === "hotspots" && all.run) query.set("run", String(all.run.id));
  const address = (/** @type {string} */ ending, more = "") => `/maps/${name}.${ending}?${query}${more}`;
  const about = make("div", { class: "about" }, make("h3", {}, title), make("p", { class: "quiet" }, word(`maps.what.${name}`)));
  const item = make("li", { class: large ? "card large" : "card", "data-map": name });
  if (need) {
    item.append(make("div", { class: "picture none" }, word(`maps.needs.${need}`)), about);
    return item;
  }
  const look = make("a", { class: "picture skeleton", href: address("html"), tabindex: -1, "aria-hidden": "true" });
  look.append(picture(address("png"), look));
  item.append(look, about, links(title, address));
  return item;
}

/** @param {string} source @param {HTMLElement} look */
function picture(source, look) {
  const made = make("img", { alt: "", loading: "lazy", decoding: "async" });
  made.addEventListener("load", () => look.classList.remove("skeleton"));
  made.addEventListener("error", () => { look.className = "picture none"; made.remove(); });
  made.src = source;
  return made;
}

/** @param {string} title @param {(ending: string, more?: string) => string} address */
function links(title, address) {
  return make(
    "div",
    { class: "links" },
    link("maps.open", address("html"), title),
    link("maps.picture", address("png", "&download=true"), title),
    link("maps.save", address("html", "&download=true"), title),
  );
}

/** @param {string} key @param {string} address @param {string} title */
function link(key, address, title) {
  return make("a", { href: address, "aria-label": word("maps.of", { name: title, what: word(key) }) }, word(key));
}
