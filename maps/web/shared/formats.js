// Numbers, days and times as the bureau writes them.

const zone = document.documentElement.dataset.zone;
const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const times = new Intl.DateTimeFormat("sv", {
  timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
});
const DAY_MS = 86_400_000;

/** @param {number} value */
export function number(value) {
  return numbers.format(value);
}

/** For a column of figures that belong under each other. @param {number} value */
export function tenths(value) {
  return value.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** So that a small number does not become nothing. @param {number} value */
export function fine(value) {
  return Math.abs(value) < 1 ? value.toLocaleString("en", { maximumSignificantDigits: 2 }) : number(value);
}

/** 2026-11-21 14:05 in the bureau's zone. @param {string} value */
export function time(value) {
  return times.format(new Date(value));
}

/** The time alone if it is today's: 14:05. @param {string} value */
export function moment(value) {
  const text = time(value);
  return text.startsWith(today()) ? text.slice(11) : text;
}

/** The bureau's day. */
export function today() {
  return times.format(new Date()).slice(0, 10);
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${number(bytes / 1024)} kB`;
  return `${number(bytes / 1_048_576)} MB`;
}

/** A day so many days later. @param {string} day @param {number} days */
export function later(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** When a day begins in the bureau's zone, as the API takes it. @param {string} day */
export function dayBegins(day) {
  const named = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(new Date(`${day}T00:00:00Z`));
  const offset = named.find(({ type }) => type === "timeZoneName")?.value.replace("GMT", "") || "+00:00";
  return `${day}T00:00:00${offset}`;
}

/** A minute as a form has it, 2026-11-21T14:05 on the bureau's clocks, as the API takes it. @param {string} local */
export function instant(local) {
  return `${local.slice(0, 16)}:00${dayBegins(local.slice(0, 10)).slice(19)}`;
}

/** The ISO week of a day. @param {string} day */
export function weekOf(day) {
  const at = new Date(`${day}T00:00:00Z`);
  const thursday = new Date(at.getTime() + (3 - ((at.getUTCDay() + 6) % 7)) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS));
  return `${year}-W${String(week).padStart(2, "0")}`;
}

/** The Monday of an ISO week. @param {string} week */
export function mondayOf(week) {
  const [year, number] = week.split("-W").map(Number);
  const fourth = new Date(Date.UTC(year, 0, 4));
  const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * DAY_MS;
  return new Date(monday + (number - 1) * 7 * DAY_MS).toISOString().slice(0, 10);
}
