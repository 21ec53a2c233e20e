// The time as the server has it: an old phone's clock may be wrong, and deadlines hang on it.

const KEY = "clock-ahead";

/** How far this phone's clock is ahead, in ms. */
export function ahead() {
  return Number(localStorage.getItem(KEY) ?? 0);
}

/** The time now, as a text with its zone. */
export function now() {
  return new Date(Date.now() - ahead()).toISOString();
}

/** Compares the clocks; an answer tells whole seconds and was under way for a while. */
export async function compare() {
  const before = Date.now();
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  const told = Date.parse(answer?.headers.get("date") ?? "");
  const after = Date.now();
  if (Number.isNaN(told) || after - before > 5000) return;
  const found = (before + after) / 2 - told;
  localStorage.setItem(KEY, String(Math.abs(found) < 5000 ? 0 : Math.round(found)));
}
