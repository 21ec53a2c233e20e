// A job in words: its name, its state and what can be done with it.

import { post } from "../../shared/api.js";
import { make } from "../../shared/dom.js";
import { attempt } from "../../shared/forms.js";
import { word } from "../../shared/words.js";

/** @import {Job} from "../../shared/jobs.js" */
/**
 * @typedef {Job & {name: string, layer: string | null, file: string | null, dry_run: boolean | null, asked_by: string,
 *   login: string | null, attempts: number, dead: boolean, made_at: string, finished_at: string | null}} JobListed
 */

/** @param {JobListed} job */
export function chip(job) {
  const state = job.dead ? "dead" : job.problem?.code === "cancelled" ? "cancelled" : job.state;
  return make("span", { class: `chip job-${state}` }, word(`jobs.${state}`));
}

/** The one thing to do with a job. @param {JobListed} job @param {boolean} worker @param {() => void} done */
export function verb(job, worker, done) {
  if (job.state === "failed") return act(job, "again", done);
  if (job.state === "waiting" || (job.state === "running" && !worker)) return act(job, "cancel", done);
  return null;
}

/** @param {JobListed} job @param {"again" | "cancel"} name @param {() => void} done */
function act(job, name, done) {
  const button = make("button", { type: "button", class: job.dead ? "primary" : "" }, word(`jobs.do_${name}`));
  const place = make("div", { class: "stack" }, button);
  button.addEventListener("click", () => void attempt(place, async () => {
    await post(`/api/jobs/${job.id}/${name}`);
    done();
  }));
  return place;
}
