// Asking the server where no answer may come: a refusal in words, or nobody there.

import { word } from "../shared/words.js";

/** From here on up nobody says whether it arrived. */
const GATEWAY = 502;

/** No answer, or none of ours. */
export class Away extends Error {}

export class Refusal extends Error {
  /** @param {{title: string, code: string, values?: {seconds?: number}}} problem */
  constructor({ title, code, values }) {
    super(title);
    this.code = code;
    this.seconds = values?.seconds ?? 0;
  }
}

/** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
export async function ask(path, options = {}) {
  const headers = { "Accept-Language": document.documentElement.lang, Accept: "application/json", ...options.headers };
  const answer = await fetch(path, { ...options, headers, referrerPolicy: "no-referrer" }).catch(() => {
    throw new Away(word("resident.offline"));
  });
  if (answer.ok) return answer.json();
  if (answer.status >= GATEWAY) throw new Away(word("resident.offline"));
  throw new Refusal({ title: word("problem.defect"), code: "defect", ...(await answer.json().catch(() => ({}))) });
}

/** @param {string} path @param {object} body */
export function post(path, body) {
  return ask(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}
