// What there is, in figures.

import { fill, make } from "../shared/dom.js";
import { number, time } from "../shared/formats.js";
import { word } from "../shared/words.js";

/** @import {Overview, Week} from "./types.js" */

/** @param {HTMLElement} place @param {Overview} all */
export function showFigures(place, all) {
  const newest = all.newest_incident_at && word("figures.newest", { at: time(all.newest_incident_at) });
  const study = all.run && word("figures.study_of", { day: all.run.as_of, weeks: all.run.weeks });
  fill(
    place,
    figure("townships", number(all.townships)),
    figure("grids", number(all.grids)),
    figure("squads", number(all.squads_on_duty), all.squads > 0 && word("figures.of", { n: number(all.squads) })),
    figure("incidents", number(all.incidents), newest),
    figure("study", all.run ? number(all.run.hot) : "–", study ?? word("figures.no_study")),
    week("this_week", all.this_week),
    week("next_week", all.next_week),
  );
}

/** @param {string} name @param {Node | string} value @param {Node | string | null | false} [more] */
function figure(name, value, more = null) {
  return make("div", {}, make("dt", {}, word(`figures.${name}`)), make("dd", {}, value), more && make("dd", { class: "more" }, more));
}

/** @param {string} name @param {Week} week */
function week(name, week) {
  const state = week.state ?? "none";
  const chip = make("span", { class: `chip ${state}` }, word(`plan.${state}`));
  const visits = week.visits === null ? "–" : word("figures.visits", { n: number(week.visits) });
  const link = week.plan === null ? visits : make("a", { href: `/planning?week=${week.week}` }, visits);
  const more = make("span", { class: "row" }, week.week, chip);
  return figure(name, link, more);
}
