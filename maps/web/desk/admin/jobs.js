// Jobs: whether a worker is there, what waits, runs and was given up; looked at anew while the tab is open.

import { get, ifGiven } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { number, time } from "../../shared/formats.js";
import { word, wordOr } from "../../shared/words.js";
import { chip, verb } from "./job.js";

/** @import {JobListed} from "./job.js" */
/** @typedef {JobListed & {worker: boolean}} Shown */
/** @typedef {{worker: boolean, waiting: number, running: number, dead: number, oldest: string | null}} Standing */

const EVERY_MS = 3000;
const PAGE = 100;
const STATES = ["", "waiting", "running", "failed", "done"];

/** @param {HTMLElement} place */
export async function showJobs(place) {
  const glance = make("dl", { class: "glance", "aria-live": "polite" });
  const list = make("ul", { class: "jobs" });
  const filters = make("form", { class: "row filters" }, make("fieldset", { class: "row" }, make("legend", { class: "seen-by-readers" }, word("jobs.state")), ...STATES.map(choice)));
  const look = () => refresh(glance, list, String(new FormData(filters).get("state") ?? ""));
  filters.addEventListener("change", () => void look());
  fill(place, glance, filters, list);
  await look();
  void keepUp(place, look);
}

/** @param {string} state */
function choice(state) {
  return make("label", { class: "choice" }, make("input", { type: "radio", name: "state", value: state, checked: state === "" }), word(state ? `jobs.${state}` : "jobs.all"));
}

/** A server that is away says so by itself. @param {HTMLElement} place @param {() => Promise<void>} look */
async function keepUp(place, look) {
  for (;;) {
    await new Promise((wake) => setTimeout(wake, EVERY_MS));
    if (!place.isConnected) return;
    if (document.hidden) continue;
    await ifGiven(look());
  }
}

/** @param {HTMLElement} glance @param {HTMLElement} list @param {string} state */
async function refresh(glance, list, state) {
  /** @type {[Standing, {items: JobListed[]}]} */
  const [standing, page] = await Promise.all([get("/api/jobs/standing"), get(`/api/jobs?limit=${PAGE}${state && `&state=${state}`}`)]);
  const again = () => void refresh(glance, list, state);
  showGlance(glance, standing);
  const urgent = [...page.items].sort((one, other) => Number(other.dead) - Number(one.dead));
  keep(list, urgent.map((job) => ({ ...job, worker: standing.worker })), (job) => row(job, again));
  if (!page.items.length) fill(list, make("li", { class: "quiet" }, word("jobs.none")));
}

/** @param {HTMLElement} glance @param {Standing} standing */
function showGlance(glance, { worker, waiting, running, dead, oldest }) {
  const since = oldest && waiting ? word("jobs.oldest", { at: time(oldest) }) : "";
  const figures = [
    figure("worker", word(worker ? "jobs.present" : "jobs.away"), worker ? "" : word("jobs.away_hint"), worker ? "well" : "ill"),
    figure("running", number(running)), figure("waiting", number(waiting), since), figure("dead", number(dead), "", dead ? "ill" : ""),
  ];
  if (glance.dataset.told === JSON.stringify([worker, waiting, running, dead, oldest])) return;
  glance.dataset.told = JSON.stringify([worker, waiting, running, dead, oldest]);
  fill(glance, ...figures);
}

/** @param {string} name @param {string} value @param {string} [more] @param {string} [mood] */
function figure(name, value, more = "", mood = "") {
  return make("div", { class: mood }, make("dt", {}, word(`jobs.${name}`)), make("dd", {}, value), more && make("dd", { class: "more" }, more));
}

/** What has not changed stays as it is, with the pointer on it. @param {HTMLElement} list @param {Shown[]} jobs @param {(job: Shown) => HTMLElement} make */
function keep(list, jobs, make) {
  const there = new Map([...list.children].map((item) => [/** @type {HTMLElement} */ (item).dataset.job, item]));
  const items = jobs.map((job) => {
    const told = JSON.stringify(job);
    const held = there.get(told);
    if (held) return held;
    const made = make(job);
    made.dataset.job = told;
    return made;
  });
  if (items.length !== list.children.length || items.some((item, at) => item !== list.children[at])) list.replaceChildren(...items);
}

/** @param {Shown} job @param {() => void} again */
function row(job, again) {
  const name = wordOr(`job.${job.name}`, job.name);
  const what = job.layer ? `${name} · ${wordOr(`import.${job.layer}`, job.layer)}` : name;
  const who = word("jobs.by", { who: job.login ?? wordOr(`asker.${job.asked_by}`, job.asked_by) });
  const told = `${time(job.made_at)} · ${who}${job.file ? ` · ${job.file}` : ""}`;
  return make("li", { class: job.dead ? "card dead" : "card" },
    make("div", { class: "what" }, make("strong", {}, what), make("span", { class: "quiet small" }, told), problem(job), bar(job)),
    make("div", { class: "row" }, chip(job), verb(job, job.worker, again)));
}

/** @param {JobListed} job */
function problem(job) {
  if (!job.problem) return null;
  const told = job.dead ? word("jobs.gave_up", { tries: job.attempts, title: job.problem.title }) : job.problem.title;
  return make("span", { class: job.state === "failed" ? "failure small" : "quiet small" }, told);
}

/** @param {JobListed} job */
function bar(job) {
  if (job.state !== "running") return null;
  const stage = wordOr(`stage.${job.stage}`, job.stage ?? "");
  const text = job.total ? word("import.progress", { stage, done: number(job.done), total: number(job.total) }) : word("import.progress_unknown", { stage });
  const progress = make("progress", { "aria-label": text });
  if (job.total) progress.value = job.done / job.total;
  return make("span", { class: "stack" }, make("span", { class: "small" }, text), progress);
}
