/**
 * The answers of the API that the desk pages read.
 *
 * @typedef {object} Week
 * @property {string} week
 * @property {string} monday
 * @property {number | null} plan
 * @property {"draft" | "approved" | null} state
 * @property {number | null} visits
 *
 * @typedef {object} Overview
 * @property {string} today
 * @property {number} townships
 * @property {number} grids
 * @property {number} squads
 * @property {number} squads_on_duty
 * @property {number} incidents
 * @property {string | null} newest_incident_at
 * @property {{id: number, as_of: string, weeks: number, hot: number, cold: number} | null} run
 * @property {Week} this_week
 * @property {Week} next_week
 *
 * @typedef {object} Outcome  What an import did; the five ends add up to the total.
 * @property {number} total
 * @property {number} new
 * @property {number} changed
 * @property {number} unchanged
 * @property {number} refused
 * @property {number} superseded
 * @property {{code: string, field: string, count: number, rows: number[]}[]} reasons
 * @property {Record<string, any>[]} warnings
 * @property {string | null} [refused_file]
 *
 * @typedef {{code: string, name: string, visits_per_week: number | null, area_m2: number}} Township
 *
 * @typedef {object} PlanSummary
 * @property {number} id
 * @property {string} week
 * @property {"draft" | "approved" | "replaced"} state
 * @property {number} run_id
 * @property {Record<string, any>} parameters
 * @property {string} made_at
 * @property {string | null} approved_at
 * @property {string | null} approved_by
 *
 * @typedef {PlanSummary & {visits: number}} PlanListed
 *
 * @typedef {object} Visit
 * @property {string} code
 * @property {string} name
 * @property {string} township
 * @property {string} township_name
 * @property {number} expected
 * @property {number} visits
 * @property {number | null} previous
 * @property {{code: string, n: number}[]} reasons
 * @property {number} lon
 * @property {number} lat
 *
 * @typedef {PlanSummary & {visits: Visit[]}} Plan
 *
 * @typedef {object} Run
 * @property {number} id
 * @property {string} as_of
 * @property {number} weeks
 * @property {number} resolution
 * @property {Record<string, any>} found
 *
 * @typedef {object} Way
 * @property {string} squad
 * @property {string} name
 * @property {number} seconds
 * @property {number} metres
 * @property {string} method
 * @property {string[]} reasons
 *
 * @typedef {{lon: number, lat: number, items: Way[], beyond: Way[], shortfall: string[]}} Nearest
 */
export {};
