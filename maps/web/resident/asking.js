// Asking the server where no answer may come: a refusal in words, or nobody there.

import { word } from "../shared/words.js";

/** From here on up nobody says whether it arrived. */
const GATEWAY = 502;

/** No answer, or none of ours; `seconds`: when to ask again, where somebody said so. */
export class Away extends Error {
  /** @param {string} why @param {number} [seconds] */
  constructor(why, seconds = 0) {
    super(why);
    this.seconds = seconds;
  }
}

export class Refusal extends Error {
  /** @param {{title: string, code: string}} problem @param {number} seconds */
  constructor({ title, code }, seconds) {
    super(title);
    this.code = code;
    this.seconds = seconds;
  }
}

/** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
export async function ask(path, options = {}) {
  const headers = { "Accept-Language": document.documentElement.lang, Accept: "application/json", ...options.headers };
  const answer = await fetch(path, { ...options, headers, referrerPolicy: "no-referrer" }).catch(() => {
    throw new Away(word("resident.offline"));
  });
  if (answer.ok) return answer.json();
  const seconds = Number(answer.headers.get("Retry-After"));
  if (answer.status >= GATEWAY) throw new Away(word("resident.offline"), seconds);
  throw new Refusal({ title: word("problem.defect"), code: "defect", ...(await answer.json().catch(() => ({}))) }, seconds);
}

/** @param {string} path @param {object} body */
export function post(path, body) {
  return ask(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}
