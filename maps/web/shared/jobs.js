// Following long work until it ends.

import { get, Unreachable } from "./api.js";

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {"waiting" | "running" | "done" | "failed"} state
 * @property {string | null} stage
 * @property {number} done
 * @property {number} total
 * @property {Record<string, any> | null} result
 * @property {{code: string, title: string} | null} problem
 */

const EVERY_MS = 700;

/**
 * Calls `tell` with each state until the job is done or failed, and gives the last one.
 * A server that is away is waited for: the job is not lost.
 * @param {string} id @param {(job: Job) => void} tell @returns {Promise<Job>}
 */
export async function follow(id, tell) {
  for (;;) {
    const job = await state(id);
    if (job) tell(job);
    if (job?.state === "done" || job?.state === "failed") return job;
    await new Promise((wake) => setTimeout(wake, EVERY_MS));
  }
}

/** @param {string} id @returns {Promise<Job | null>} */
async function state(id) {
  try {
    return await get(`/api/jobs/${id}`);
  } catch (failure) {
    if (failure instanceof Unreachable) return null;
    throw failure;
  }
}
