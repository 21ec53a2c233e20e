/**
 * The answers of the API that the desk reads.
 *
 * @typedef {{at: string | null, limit: string, provisional: boolean}} Due
 * @typedef {object} Listed
 * @property {string} id
 * @property {string | null} case_no
 * @property {number} version
 * @property {string} source
 * @property {string} matter
 * @property {string} matter_zh
 * @property {string} matter_en
 * @property {string} state
 * @property {boolean} returned
 * @property {string[]} verbs
 * @property {Due | null} due
 * @property {string | null} squad
 * @property {string | null} acknowledge_by
 * @property {string | null} merged_into
 * @property {number} lon
 * @property {number} lat
 * @property {string | null} grid
 * @property {string | null} township
 * @property {boolean} uncertain
 * @property {string} occurred_at
 * @property {string | null} closed_at
 * @property {string | null} address
 * @property {string | null} description
 *
 * @typedef {object} Step
 * @property {number} version
 * @property {string} verb
 * @property {string} to_state
 * @property {string} happened_at
 * @property {boolean} late
 * @property {string | null} reason
 * @property {Record<string, any>} details
 *
 * @typedef {{id: string, kind: string, at: string, metres: number | null, minutes: number | null}} Photo
 * @typedef {Listed & {steps: Step[], photos: Photo[]}} Case
 *
 * @typedef {object} Enquiry
 * @property {string} id
 * @property {string} incident
 * @property {string} case
 * @property {string | null} case_no
 * @property {string} state
 * @property {string} matter_zh
 * @property {string} matter_en
 * @property {string | null} address
 * @property {string | null} grid
 * @property {string} channel
 * @property {string | null} outside_no
 * @property {string} received_at
 * @property {string | null} respond_by
 * @property {"answer" | "call_back" | null} waits
 * @property {string | null} answer
 * @property {string | null} answered_at
 * @property {string | null} called_back_at
 * @property {boolean | null} reached
 * @property {number | null} satisfaction
 * @property {string | null} remark
 * @property {string | null} opinion
 * @property {boolean} own_rating
 *
 * @typedef {object} Similar
 * @property {string} id
 * @property {string | null} case_no
 * @property {string} state
 * @property {string} matter_zh
 * @property {string} matter_en
 * @property {string | null} address
 * @property {string} occurred_at
 * @property {number} metres
 * @property {number} hours
 *
 * @typedef {{code: string, name_zh: string, name_en: string, filing_standard: string | null, closing_standard: string | null, questions: import("../../shared/questions.js").Question[]}} Matter
 * @typedef {{name: string, kind: string | null, township: string | null, lon: number, lat: number}} Place
 */
export {};
