// A secret that the server tells once: shown large enough to be read aloud, and to be copied.

import { make } from "./dom.js";
import { time } from "./formats.js";
import { word } from "./words.js";

/** @param {string} title @param {{secret: string, until: string | null}} told */
export function secret(title, { secret: text, until }) {
  const copy = make("button", { type: "button" }, word("secret.copy"));
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = word("secret.copied");
  });
  const life = until ? word("secret.until", { time: time(until) }) : word("secret.endless");
  return make(
    "div", { class: "secret stack", role: "status" },
    make("h3", {}, title),
    make("div", { class: "row" }, make("code", { translate: "no" }, text), navigator.clipboard ? copy : null),
    make("p", { class: "quiet small" }, `${word("secret.once")} ${life}`),
  );
}
