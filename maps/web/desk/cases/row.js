// One row of a queue: a case, or an enquiry about one.

import { make } from "../../shared/dom.js";
import { moment } from "../../shared/formats.js";
import { word, wordOr } from "../../shared/words.js";
import { due } from "./due.js";

/** @import {Enquiry, Listed} from "./types.js" */

/** @param {{matter_zh: string, matter_en: string}} one */
export function matterOf(one) {
  return document.documentElement.lang === "zh" ? one.matter_zh : one.matter_en;
}

/** @param {Listed | Enquiry} item */
export function row(item) {
  const told = "channel" in item ? enquiry(item) : listed(item);
  const link = make("a", { class: "entry", href: `#case=${told.case}` },
    make("strong", {}, matterOf(item)), told.due ?? make("span", { class: "quiet small" }, moment(told.at)),
    make("span", { class: "place" }, item.address || (item.grid ? word("cases.grid", { code: item.grid }) : word("cases.no_address"))),
    make("span", { class: "quiet small more" }, told.more));
  return make("li", { "data-id": item.id, "data-case": told.case }, link);
}

/** @param {Listed} one */
function listed(one) {
  const by = one.acknowledge_by ?? one.due?.at;
  const number = one.case_no ?? word("cases.unnumbered");
  const more = one.returned ? `${number} · ${word("cases.returned")}` : number;
  return { case: one.id, at: one.occurred_at, due: due(by, one.due?.provisional), more };
}

/** @param {Enquiry} one */
function enquiry(one) {
  const channel = wordOr(`enquiry.channel.${one.channel}`, one.channel);
  const more = [channel, one.outside_no, wordOr(`state.${one.state}`, one.state)].filter(Boolean).join(" · ");
  return { case: one.case, at: one.received_at, due: due(one.answered_at ? null : one.respond_by), more };
}
