// One row of the journal.

import { make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { word, wordOr } from "../shared/words.js";

/**
 * @typedef {object} Entry
 * @property {number} id
 * @property {string} at
 * @property {string} actor
 * @property {string | null} actor_login
 * @property {string | null} token
 * @property {string | null} token_name
 * @property {string | null} token_issuer
 * @property {string} verb
 * @property {string} kind
 * @property {string} subject
 * @property {string | null} subject_login
 * @property {Record<string, unknown>} details
 * @property {string | null} text
 * @property {number | null} seal
 */
/** @typedef {(wanted: Record<string, string>) => void} Filter */

const LISTED = 3;
const TOLD_APART = ["text", "by_token", "token_issuer"];

/** @param {Entry} row @param {Filter} filter */
export function entry(row, filter) {
  const who = row.actor_login ?? wordOr(`journal.actor.${row.actor}`, row.actor);
  const kind = wordOr(`journal.kind.${row.kind}`, row.kind);
  const subject = row.subject_login ?? row.subject;
  return make(
    "tr", { id: `row-${row.id}` },
    make("td", { class: "at" }, make("a", { href: `?row=${row.id}`, title: word("journal.row", { n: row.id }) }, time(row.at))),
    make("td", {}, link(who, () => filter({ actor: row.actor })), byToken(row)),
    make("td", {}, make("strong", {}, wordOr(`journal.verb.${row.verb}`, row.verb))),
    make("td", {}, make("span", { class: "quiet" }, kind), " ", subject && link(subject, () => filter({ kind: row.kind, subject: row.subject }))),
    make("td", { class: "told" }, row.text && make("q", {}, row.text), details(row.details)),
    make("td", { class: "seal" }, seal(row)),
  );
}

/** A program's deed is told from its person's. @param {Entry} row */
function byToken({ token, token_name: name, token_issuer: issuer }) {
  if (!token) return null;
  const by = wordOr(`journal.actor.${issuer}`, issuer ?? "");
  return make("p", { class: "quiet small", title: token }, word("journal.token", { name: name ?? token, issuer: by }));
}

/** @param {string} text @param {() => void} go */
function link(text, go) {
  const made = make("button", { type: "button", class: "link", title: text }, text);
  made.addEventListener("click", go);
  return made;
}

/** @param {Record<string, unknown>} told */
function details(told) {
  const known = Object.entries(told).filter(([name, value]) => !TOLD_APART.includes(name) && value !== null && value !== "");
  const each = known.map(([name, value]) => make("span", {}, make("span", { class: "quiet" }, wordOr(`journal.detail.${name}`, name)), ` ${spelled(name, value)}`));
  return each.length ? make("span", { class: "details" }, ...each) : null;
}

/** @param {string} name @param {unknown} value @returns {string} */
function spelled(name, value) {
  if (Array.isArray(value)) {
    const some = value.slice(0, LISTED).map((one) => spelled(name, one)).join(word("desk.comma"));
    return value.length > LISTED ? `${some} … (${value.length})` : some;
  }
  if (typeof value === "object") return JSON.stringify(value);
  if (name === "role") return wordOr(`role.${value}`, String(value));
  if (name === "area_kind") return wordOr(`area.${value}`, String(value));
  return String(value);
}

/** @param {Entry} row */
function seal({ seal: number }) {
  if (number === null) return make("span", { class: "chip waiting" }, word("journal.unsealed"));
  return make("span", { class: "sealed", title: word("journal.sealed") }, String(number));
}
