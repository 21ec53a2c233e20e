/**
 * A squad as it is listed, and as the stream tells it.
 *
 * @typedef {object} Squad
 * @property {string} code
 * @property {string} name
 * @property {string | null} [township_name]
 * @property {boolean} on_duty
 * @property {string | null} [on_duty_since]  When its shift began; null where it has none.
 * @property {string} [state]
 * @property {string | null} [out_of_service]
 * @property {number | null} [members]
 * @property {number | null} [vehicles]
 * @property {string | null} [vehicle]  The plate of the shift that is on, or "none": it walks.
 * @property {string[]} [skills]
 * @property {number} busy  So many cases hold it,
 * @property {number} crews  of so many as it can have at once.
 * @property {boolean} [contact_lost]
 * @property {string | null} position_at
 * @property {boolean} fresh
 * @property {number} lon
 * @property {number} lat
 */
export {};
