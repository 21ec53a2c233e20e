/**
 * The answers of the API that the desk reads.
 *
 * @typedef {{at: string | null, soon_at: string | null, limit: string, provisional: boolean}} Due
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
 * @property {number} priority  2 is urgent.
 * @property {string[]} verbs
 * @property {Due | null} due
 * @property {string | null} squad
 * @property {string | null} acknowledge_by
 * @property {string | null} promised_by  Until then somebody should be there, counted from the report.
 * @property {string | null} soon_at  From then on it is due soon, by its deadline or what was promised.
 * @property {string | null} suspended_until
 * @property {boolean} flood  One of many that residents sent from its grid within a short time.
 * @property {string | null} respond_by  In lists: until then whoever brought it from outside is to be answered.
 * @property {string | null} merged_into
 * @property {number} lon
 * @property {number} lat
 * @property {number} x  As it came, on `datum`.
 * @property {number} y
 * @property {string} datum
 * @property {number | null} accuracy_m
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
 * @property {string} event_id
 * @property {string} verb
 * @property {string} to_state
 * @property {string} happened_at
 * @property {boolean} late
 * @property {string | null} reason
 * @property {Record<string, any>} details
 *
 * @typedef {{id: string, kind: string, at: string, metres: number | null, minutes: number | null}} Photo
 * @typedef {Listed & {steps: Step[], answers: Record<string, unknown>, photos: Photo[], squads: Record<string, string>, beyond_own: boolean}} Case  `beyond_own`: a grid worker reported it from outside their own grids.
 *
 * @typedef {object} Way  A squad that could go, and from where.
 * @property {string} squad
 * @property {string} name
 * @property {number} lon
 * @property {number} lat
 * @property {number} seconds
 * @property {number} metres
 * @property {string} method
 * @property {number | null} position_age_s
 * @property {string[]} reasons
 * @property {string[]} why
 * @property {number} in_hand
 * @property {number} busy  So many cases hold it,
 * @property {number} crews  of so many as it can have at once.
 * @property {number | null} vehicles  Those of its shift.
 *
 * @typedef {{items: Way[], beyond: Way[], passed_over: Way[], unreached: {squad: string, name: string}[], way_judged: string[], shortfall: string[], no_table: boolean}} Found
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
 * @property {boolean | null} caller  Whether it is known who asked.
 * @property {string | null} interim
 * @property {string | null} interim_at
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
 * @typedef {{name: string, kind: string | null, township: string | null, lon: number, lat: number, metres?: number | null}} Place
 */
export {};
