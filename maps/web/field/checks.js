// What the checks of a grid worker ask for, and putting right on the spot.

import { word } from "../shared/words.js";
import { needsPhotos } from "../phone/steps.js";

/** @import {Case} from "../phone/types.js" */
/** @import {Form, Written} from "../phone/steps.js" */

/** @type {Record<string, () => Form>} */
export const FORMS = {
  report_check: () => check("report_check", "other"),
  report_recheck: () => check("report_recheck", "after"),
  fix_on_spot: () => ({ ...common("fix_on_spot"), kinds: BOTH, lacks: needsBoth, along: shown }),
};
const BOTH = ["before", "after"];

/** @param {string} verb @param {string} kind @returns {Form} */
function check(verb, kind) {
  const results = [word(`field.${verb}_true`), word(`field.${verb}_false`)];
  return { ...common(verb), results, kinds: [kind], lacks: (written) => needsPhotos(written, 1) };
}

/** @param {string} verb */
function common(verb) {
  return { title: word(`do.${verb}`), send: word("field.send"), says: /** @type {const} */ ("text"), label: word("field.description") };
}

/** What its report shows already is not taken once more. @param {Case} one */
function shown({ photos = [] }) {
  return photos.filter(({ kind }) => BOTH.includes(kind)).map(({ id }) => id);
}

/** @param {Written} written @param {Case} one */
function needsBoth({ photos, sent }, { photos: there = [] }) {
  const has = (/** @type {string} */ kind) => [...photos, ...there].some((photo) => photo.kind === kind);
  return sent.length || (has("before") && has("after")) ? null : word("field.needs_after");
}
