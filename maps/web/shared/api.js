// Asking our own server. A refusal is thrown with its title in words.

import { word } from "./words.js";

/** @typedef {{title: string, code: string, status: number, values: Record<string, unknown>}} Problem */

/** What was asked for did not come: refused, or nobody there to give it. */
export class NotGiven extends Error {}

export class Refusal extends NotGiven {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** No answer that can be read: the server is stopped, the line is cut, or something between answers. */
export class Unreachable extends NotGiven {}

/** @template T @param {string} path @param {RequestInit} [options] @returns {Promise<T>} */
async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { ...headers(), ...options.headers } }).catch(away);
  if (!answer.ok) throw await refusal(answer);
  return answer.json().catch(away);
}

/** @returns {never} */
function away() {
  document.dispatchEvent(new Event("unreachable"));
  throw new Unreachable(word("desk.offline"));
}

/** @param {Response} answer */
async function refusal(answer) {
  const known = answer.headers.get("content-type")?.startsWith("application/problem+json");
  return refused(answer.status, known ? await answer.json().catch(() => ({})) : {});
}

/** What to throw; whoever is not signed in any more is told so once for the page. @param {number} status @param {object | null} problem */
export function refused(status, problem) {
  if (status === 401) document.dispatchEvent(new Event("signed-out"));
  return new Refusal({ title: word("problem.defect"), code: "defect", values: {}, ...problem, status });
}

/** What every request says of itself: with the token, that a page of ours sent it. */
export function headers() {
  return { "Accept-Language": document.documentElement.lang, Accept: "application/json", "X-CSRF-Token": token };
}

let token = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=csrf]"))?.content ?? "";

/** The token of a newer sign-in. @param {string} newer */
export function useToken(newer) {
  token = newer;
}

/** @template T @param {string} path @returns {Promise<T>} */
export function get(path) {
  return ask(path);
}

/** What was asked for, or null where the server refuses it or cannot be reached: one does without. @template T @param {Promise<T>} asked @returns {Promise<T | null>} */
export async function ifGiven(asked) {
  try {
    return await asked;
  } catch (failure) {
    if (!(failure instanceof NotGiven)) throw failure;
    return null;
  }
}

/** @template T @param {string} path @param {object} [body] @returns {Promise<T>} */
export function post(path, body) {
  return tell("POST", path, body);
}

/** @template T @param {"POST" | "PUT" | "PATCH" | "DELETE"} method @param {string} path @param {object} [body] @returns {Promise<T>} */
export function tell(method, path, body) {
  if (body === undefined) return ask(path, { method });
  return ask(path, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}

/** Saves what is answered as a file of this name. @param {string} path @param {object} body @param {string} name */
export async function download(path, body, name) {
  const told = { ...headers(), Accept: "*/*", "Content-Type": "application/json" };
  const answer = await fetch(path, { method: "POST", body: JSON.stringify(body), headers: told }).catch(away);
  if (!answer.ok) throw await refusal(answer);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob().catch(away));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Every item of a list, page by page. @template T @param {string} path @returns {Promise<T[]>} */
export async function all(path) {
  /** @type {T[]} */
  const items = [];
  let next = "";
  do {
    const join = path.includes("?") ? "&" : "?";
    /** @type {{items: T[], next: string | null}} */
    const page = await get(`${path}${join}limit=1000&after=${encodeURIComponent(next)}`);
    items.push(...page.items);
    next = page.next ?? "";
  } while (next);
  return items;
}
