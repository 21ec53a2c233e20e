/**
 * What the leader's page reads.
 *
 * @typedef {object} Cell
 * @property {string} code
 * @property {number | null} value
 * @property {number | null} p90
 * @property {Record<string, number>} parts
 *
 * @typedef {object} Formula
 * @property {string} code
 * @property {number} version
 * @property {"count" | "share" | "minutes"} kind
 * @property {string} name
 * @property {string} formula
 * @property {Record<string, string>} parts
 *
 * @typedef {{key: string | null, name: string, cells: Cell[]}} Group
 * @typedef {{code: string, text: string}} Finding
 *
 * @typedef {object} Report
 * @property {string} since
 * @property {string} until
 * @property {boolean} so_far  It is not over: the days until today.
 * @property {{since: string, until: string}} before
 * @property {Finding[]} findings
 * @property {Formula[]} formulas
 * @property {Group} now
 * @property {Group} then
 * @property {Group[]} townships
 * @property {Group[]} squads
 *
 * @typedef {object} Case
 * @property {string} id
 * @property {string | null} case_no
 * @property {string} matter_zh
 * @property {string} matter_en
 * @property {string} state
 * @property {string | null} township
 * @property {string | null} grid
 * @property {string | null} squad
 * @property {string} reported_at
 * @property {string | null} due_at
 * @property {string | null} arrived_at
 * @property {string | null} finished_at
 * @property {string | null} closed_at
 * @property {number | null} from_order
 * @property {number | null} from_report
 *
 * @typedef {{by: "township" | "squad", key: string | null, name: string}} Row  A group of a table.
 * @typedef {(formula: Formula, cell: Cell, part?: string, row?: Row) => void} Open
 */
export {};
