// One row of a queue: a case, or an enquiry about one.

import { make } from "../../shared/dom.js";
import { moment, time } from "../../shared/formats.js";
import { span } from "../../shared/span.js";
import { word, wordOr } from "../../shared/words.js";
import { due, dueBy } from "./due.js";
import { first, untilOf } from "./until.js";

/** @import {Enquiry, Listed} from "./types.js" */

const MINUTE_MS = 60_000;

/** @param {{matter_zh: string, matter_en: string}} one */
export function matterOf(one) {
  return document.documentElement.lang === "zh" ? one.matter_zh : one.matter_en;
}

/** @param {Listed | Enquiry} item */
export function row(item) {
  const told = "channel" in item ? enquiry(item) : listed(item);
  const link = make("a", { class: "entry", href: `#case=${told.case}` },
    make("strong", {}, "priority" in item && pressing(item), matterOf(item)), told.due ?? waits(told.at),
    make("span", { class: "place" }, item.address || (item.grid ? word("cases.grid", { code: item.grid }) : word("cases.no_address"))),
    make("span", { class: "quiet small more" }, told.more));
  return make("li", { "data-id": item.id, "data-case": told.case }, link);
}

/** How much it presses, where that is more than usual. @param {{priority: number}} one */
export function pressing({ priority }) {
  return priority > 0 && make("span", { class: `chip press-${priority}` }, word(`priority.${priority}`));
}

/** For how long, where nothing says by when. @param {string} at */
function waits(at) {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(at)) / MINUTE_MS));
  return make("span", { class: "quiet small since", title: time(at) }, word("cases.since", { span: span(minutes) }));
}

/** @param {Listed} one */
function listed(one) {
  const by = first({ at: one.acknowledge_by }, untilOf(one));
  const outside = one.respond_by && word("cases.respond_by", { at: moment(one.respond_by) });
  const more = [one.case_no ?? word("cases.unnumbered"), one.flood && word("cases.flood"), one.returned && word("cases.returned"), outside].filter(Boolean).join(" · ");
  return { case: one.id, at: one.occurred_at, due: dueBy(by), more };
}

/** @param {Enquiry} one */
function enquiry(one) {
  const channel = wordOr(`enquiry.channel.${one.channel}`, one.channel);
  const more = [channel, one.outside_no, wordOr(`state.${one.state}`, one.state)].filter(Boolean).join(" · ");
  return { case: one.case, at: one.received_at, due: due(one.answered_at ? null : one.respond_by), more };
}
