// Who did something: typed as a login or a name, asked for by id.

import { post } from "../shared/api.js";
import { fill, make } from "../shared/dom.js";

/** @typedef {{id: string, login: string, name: string}} Suggested */

const MOMENT_MS = 200;
/** @type {Map<string, string>} */
const ids = new Map();

/** Suggests people while one types. @param {HTMLInputElement} input @param {HTMLElement} list */
export function prepareActors(input, list) {
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const found = await suggested(input.value.trim()).catch(() => []);
      fill(list, ...found.map(({ login, name }) => make("option", { value: login }, name)));
    }, MOMENT_MS);
  });
}

/** @param {string} text @returns {Promise<Suggested[]>} */
async function suggested(text) {
  if (!text) return [];
  /** @type {{items: Suggested[]}} */
  const { items } = await post("/api/journal/people", { text });
  for (const { id, login } of items) ids.set(login, id);
  return items;
}

/** The id of a person by login, or what was typed: parts of the product are called by their name. @param {string} text */
export async function actorOf(text) {
  if (text && !ids.has(text)) await suggested(text);
  return ids.get(text) ?? text;
}
