/**
 * The answers of the API that the administrator's tabs read.
 *
 * @typedef {{id: number, role: string, kind: string, area: string, area_name: string | null}} PowerHeld
 * @typedef {PowerHeld & {valid_from: string, valid_to: string | null}} Power
 *
 * @typedef {object} Token
 * @property {string} id
 * @property {string} name
 * @property {string[]} scopes
 * @property {string} issuer
 * @property {string} made_at
 * @property {string | null} expires_at
 * @property {string | null} ended_at
 *
 * @typedef {Token & {person_id: string, login: string, person: string}} TokenListed
 *
 * @typedef {object} Known
 * @property {string} id
 * @property {string} login
 * @property {string} name
 * @property {"active" | "disabled"} state
 * @property {string} made_at
 * @property {string | null} left_at
 * @property {boolean} has_password
 *
 * @typedef {Known & {powers: PowerHeld[]}} PersonListed
 * @typedef {Known & {powers: Power[], tokens: Token[], sessions: number}} Person
 *
 * @typedef {{secret: string, until: string | null}} Secret
 *
 * @typedef {{role: string, verbs: string[], kinds: string[]}} Role
 * @typedef {{code: string, name: string}} Area
 * @typedef {{roles: Role[], townships: Area[], squads: Area[]}} Setting
 */
export {};
