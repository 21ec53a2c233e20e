// Whose phone this is, remembered where there is no signal: who signed in last and has not left.

/** @typedef {{id: string, login: string, name: string}} Holder */

const KEY = "holder";

/** @returns {Holder | null} */
export function holder() {
  const kept = localStorage.getItem(KEY);
  return kept === null ? null : JSON.parse(kept);
}

/** @param {Holder} person */
export function hold({ id, login, name }) {
  localStorage.setItem(KEY, JSON.stringify({ id, login, name }));
}

export function release() {
  localStorage.removeItem(KEY);
}
