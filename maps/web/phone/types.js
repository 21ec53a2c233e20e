/**
 * What the API answers and the phone keeps.
 *
 * @typedef {{id: string, login: string, name: string, verbs: string[], squads: string[], csrf: string | null}} Account
 *
 * @typedef {object} Matter
 * @property {string} code
 * @property {string} name_zh
 * @property {string} name_en
 * @property {string | null} class_zh
 * @property {string | null} class_en
 * @property {number} photos_before
 * @property {number} photos_after
 * @property {string | null} filing_standard
 * @property {import("../shared/questions.js").Question[]} questions
 *
 * @typedef {{type: "MultiPolygon" | "Polygon", coordinates: any[]}} Shape
 * @typedef {{code: string, name: string, township: string, township_name: string, area_m2: number, shape: Shape}} Grid
 *
 * @typedef {{verb: string, from_state: string, to_state: string, happened_at: string, reason: string | null, details: Record<string, any>}} Step
 * @typedef {object} Case
 * @property {string} id
 * @property {string | null} case_no
 * @property {number} version
 * @property {string} state
 * @property {string} matter
 * @property {string} matter_zh
 * @property {string} matter_en
 * @property {number} lon
 * @property {number} lat
 * @property {string | null} grid
 * @property {string | null} address
 * @property {string | null} description
 * @property {string} occurred_at
 * @property {{at: string | null, limit: string, provisional: boolean} | null} due
 * @property {string | null} squad
 * @property {string | null} acknowledge_by
 * @property {string | null} suspended_until
 * @property {string[]} verbs
 * @property {boolean} [returned]  Its reporter is to put it right.
 * @property {Record<string, any>} [answers]  Not in lists.
 * @property {Step[]} [steps]  Not in lists.
 * @property {{id: string, kind: string, metres?: number | null, minutes?: number | null}[]} [photos]
 * @property {Record<string, string>} [squads]  What those are called of which it tells.
 * @property {number} [photos_after]  So many photos of what was done its end takes.
 * @property {Record<string, string[]>} [ahead]  The verbs that are open after each.
 *
 * @typedef {Case & {told?: string | null, gone?: boolean}} Order  `told`: the last step that was done
 *   here and is not there yet; `gone`: it is its squad's no more.
 *
 * @typedef {{lon: number, lat: number}} Point
 * @typedef {Point & {accuracy_m: number, at: number}} Fix
 * @typedef {Point & {name: string, accuracy_m: number}} Spot
 * @typedef {Point & {name: string}} Place  Of the base map.
 *
 * @typedef {object} Draft  A report that is being written.
 * @property {string} id
 * @property {string | null} matter
 * @property {import("./outbox/items.js").Photo[]} photos
 * @property {{id: string, kind: string}[]} [sent]  Photos of it that are there already.
 * @property {string} description
 * @property {string} address
 * @property {Record<string, any>} answers
 * @property {string} occurred_at
 * @property {Fix | null} fix  Where the phone said that it was.
 * @property {Point | null} pin  Where the person put it instead.
 * @property {string | null} grid  Where there is neither: the grid, and `address`.
 * @property {Spot | null} [spot]  A point in that grid, by what `address` names.
 * @property {boolean} fixed  Put right on the spot.
 * @property {boolean} amends  It is being put right: it was refused, or came back.
 * @property {number} [returned]  The version in which it came back; it is put right where it lies.
 *
 * @typedef {{id: string, case_no: string, matter_zh: string, matter_en: string, state: string, reason: string | null, at: string}} Notice
 */
/** @typedef {{code: string, name: string, on_duty: boolean, on_duty_since: string | null, out_of_service: string | null}} Squad */

export {};
