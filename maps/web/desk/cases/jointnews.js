// What has changed since a proposal was made, and the button that makes it anew.

import { fill, make } from "../../shared/dom.js";
import { time } from "../../shared/formats.js";
import { word } from "../../shared/words.js";
import { squads } from "../live/store.js";
import { canGo } from "./jointrow.js";

/** @import {Proposal} from "./jointtold.js" */
/** @import {Row} from "./jointrow.js" */

/** @param {() => void} again */
export function jointNews(again) {
  const at = time(new Date().toISOString()).slice(11);
  const free = new Set(ready());
  const told = make("span", { role: "status" });
  const button = make("button", { type: "button" }, word("joint.again"));
  const line = make("div", { class: "row joint-news" }, told, button);
  button.addEventListener("click", again);

  /** @param {Proposal} now @param {Row[]} rows */
  const meet = (now, rows) => {
    const counts = { new: now.new, gone: rows.filter(({ line: { classList } }) => classList.contains("gone")).length, free: ready().filter((code) => !free.has(code)).length };
    const news = Object.entries(counts).filter(([, n]) => n).map(([name, n]) => word(`joint.news.${name}`, { n }));
    const text = news.length ? news.join(word("joint.news.and")) : word("joint.news.none", { at });
    line.classList.toggle("stale", news.length > 0);
    if (told.textContent !== text) fill(told, text);
  };
  return { line, meet };
}

function ready() {
  return [...squads.values()].filter(canGo).map(({ code }) => code);
}
