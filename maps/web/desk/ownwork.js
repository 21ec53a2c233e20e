// One's own work comes first: what somebody does all day, on the page where it is done.

import { make } from "../shared/dom.js";
import { may } from "../shared/may.js";
import { word } from "../shared/words.js";

const WORK = /** @type {const} */ ([
  { verb: "handle", name: "squad", page: "/squad" },
  { verb: "check", name: "field", page: "/field" },
  { verb: "file", name: "cases", page: "/desk" },
  { verb: "dispatch", name: "cases", page: "/desk" },
]);

/** What to say of it; null for whoever makes plans or keeps the bureau's data. */
export function ownWork() {
  const own = WORK.find(({ verb }) => may(verb));
  if (!own || may("import") || may("plan") || may("approve")) return null;
  const words = make("div", {}, make("h1", {}, word(`next.${own.name}`)), make("p", {}, word(`next.why_${own.name}`)));
  return { words, button: make("a", { class: "button primary", href: own.page }, word(`next.do_${own.name}`)) };
}
