// Tokens: every program that does somebody's work, and until when.

import { get } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { time } from "../../shared/formats.js";
import { region } from "../../shared/region.js";
import { word } from "../../shared/words.js";
import { endButton, issuer, life, scopes } from "./tokenforms.js";

/** @import {TokenListed} from "./types.js" */

const PAGE = 100;

/** @param {HTMLElement} place */
export async function showTokens(place) {
  const rows = make("tbody", {});
  const more = make("div", {});
  const columns = ["what", "whose", "may", "made", "ends"].map((column) => make("th", { scope: "col" }, word(`tokens.${column}`)));
  const name = make("caption", { class: "seen-by-readers" }, word("admin.tokens"));
  const table = make("table", { class: "cards" }, name, make("thead", {}, make("tr", {}, ...columns, make("td", {}))), rows);
  fill(place, make("p", { class: "quiet lead" }, word("tokens.lead")), make("div", { class: "card" }, table, more));
  await region(more, () => load(rows, more, ""));
}

/** @param {HTMLElement} rows @param {HTMLElement} more @param {string} after */
async function load(rows, more, after) {
  /** @type {{items: TokenListed[], next: string | null}} */
  const page = await get(`/api/tokens?limit=${PAGE}&after=${encodeURIComponent(after)}`);
  rows.append(...page.items.map(row));
  const button = make("button", { type: "button" }, word("people.more"));
  button.addEventListener("click", () => void region(more, () => load(rows, more, page.next ?? "")));
  fill(more, page.next && button, !rows.childElementCount && make("p", { class: "quiet" }, word("tokens.none")));
}

/** @param {TokenListed} token */
function row(token) {
  const whose = make("a", { href: `#people/${token.person_id}` }, token.person);
  const end = endButton(token.person_id, token, () => made.remove());
  const made = make(
    "tr", {},
    make("td", {}, make("strong", {}, token.name)),
    make("td", {}, whose, " ", make("span", { class: "quiet small" }, token.login)),
    make("td", {}, scopes(token)),
    make("td", { "data-label": word("tokens.made") }, time(token.made_at), " ", make("span", { class: "quiet small" }, issuer(token))),
    make("td", {}, life(token)),
    make("td", {}, end),
  );
  return made;
}
