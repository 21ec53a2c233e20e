// Things by their names in the page's language.

import { said, word, wordOr } from "../shared/words.js";
import { state } from "./state.js";

/** @import {Case, Matter} from "./types.js" */
/** @import {Item, Reason} from "./outbox/items.js" */

const zh = document.documentElement.lang === "zh";

/** @param {Matter | undefined} matter @param {string} [code] */
export function matterName(matter, code = "") {
  if (!matter) return code;
  return zh ? matter.name_zh : matter.name_en || matter.name_zh;
}

/** @param {string} code */
export function matterOf(code) {
  return state.matters.find((matter) => matter.code === code);
}

/** @param {Pick<Case, "matter_zh" | "matter_en">} one */
export function caseName(one) {
  return zh ? one.matter_zh : one.matter_en || one.matter_zh;
}

/** @param {Item} item @param {Reason} reason */
export function reasonName({ matter }, { code, status, values }) {
  const gaps = /** @type {Record<string, string>} */ ({ ...values });
  if (typeof values.state === "string") gaps.state = wordOr(`state.${values.state}`, values.state);
  if (code === "no_matter") gaps.code = said(matter);
  if (Array.isArray(values.missing)) gaps.missing = values.missing.map((name) => wordOr(`needs.${name}`, name)).join(word("desk.comma"));
  return wordOr(`problem.${code}`, word("field.refused_code", { code: `${status} ${code}` }), gaps);
}

/** @param {Item} item */
export function itemName(item) {
  const name = said(item.matter);
  if (item.kind === "report") return word("field.item_report", { matter: name });
  if (item.kind === "photo") return word("field.item_photo", { matter: name });
  if (item.kind === "duty") return word("duty.item", { squad: name, what: sayingName(item) });
  return word("field.item_step", { matter: name, verb: wordOr(`do.${item.verb}`, item.verb ?? "") });
}

/** @param {Item} item */
function sayingName({ verb, body }) {
  if (verb !== "service") return word(`duty.${verb}`);
  return body.out_of_service ? word(`out_of_service.${body.out_of_service}`) : word("duty.back");
}
