// Putting a report right before it is filed: all of it as it is to be said now.

import { ifGiven } from "../../shared/api.js";
import { fill, make } from "../../shared/dom.js";
import { onSubmit } from "../../shared/forms.js";
import { questions } from "../../shared/questions.js";
import { word } from "../../shared/words.js";
import { keepDraft } from "./draft.js";
import { matters, nameOf } from "./matters.js";
import { onPlaceFor, showOnMap } from "./ground.js";
import { A_GRID, named, offBy } from "./placing.js";
import { matterOf } from "./row.js";
import { take } from "./stepping.js";
import { closeForm } from "./verbs.js";

/** @import {Case, Matter, Place} from "./types.js" */

const PAUSE_MS = 250;

/** @param {Case} one */
export function amendForm(one) {
  const event = crypto.randomUUID();
  const matter = make("select", { name: "matter", required: true }, make("option", { value: one.matter }, matterOf(one)));
  const address = make("input", { name: "address", maxlength: 500, value: one.address ?? "" });
  const description = make("textarea", { name: "description", rows: 3, maxlength: 4000 }, one.description ?? "");
  const place = placeChoice(address);
  const asked = make("div", { class: "stack" });
  const form = make("form", { class: "card stack" },
    labelled("call.matter", matter), labelled("call.address", address), place.element, make("p", { class: "quiet" }, word("cases.place_by_click")), labelled("call.description", description), asked,
    make("div", { class: "row end" }, make("button", { class: "primary" }, word("cases.confirm", { verb: word("step.amend") }))));
  onPlaceFor(form, place.point);
  const forget = keepDraft(form, `${one.id}.amend`);
  const answers = furtherAnswers(one, matter, asked);
  onSubmit(form, async () => {
    const report = { matter: matter.value, ...(place.chosen() ?? spotOf(one)), address: typed(address), description: typed(description), answers: answers() };
    await take(one, "amend", event, { report }, () => { forget(); closeForm(); });
  });
  return form;
}

/** Just as it came: so its place stays, with its accuracy. @param {Case} one */
function spotOf({ x, y, datum, accuracy_m }) {
  return { lon: x, lat: y, datum, accuracy_m };
}

/** What the chosen matter asks further, with what was answered so far. @param {Case} one @param {HTMLSelectElement} matter @param {HTMLElement} place */
function furtherAnswers(one, matter, place) {
  /** @type {Record<string, any>} */
  let given = { ...one.answers };
  /** @param {Matter[]} all */
  const ask = (all) => {
    const chosen = all.find(({ code }) => code === matter.value);
    fill(place, ...questions(chosen?.questions ?? [], given, (answers) => { given = answers; }));
  };
  void matters().then((all) => {
    const chosen = matter.value;
    matter.append(...all.filter(({ code }) => code !== one.matter).map((each) => make("option", { value: each.code, selected: each.code === chosen }, nameOf(each))));
    matter.addEventListener("change", () => { given = matter.value === one.matter ? { ...one.answers } : {}; ask(all); });
    ask(all);
  }, () => undefined);
  return () => Object.fromEntries(Object.entries(given).filter(([, answer]) => String(answer ?? "") !== ""));
}

/** Where another address lies, or a click on the map; it stays where it was unless one of the places is chosen. @param {HTMLInputElement} address */
function placeChoice(address) {
  const choice = make("select", {});
  const element = labelled("cases.place_now", choice);
  /** What was clicked stays chosen, whatever is written then. @type {Place[]} */
  let clicked = [];
  let places = clicked;
  let [waiting, turn] = [0, 0];
  const offer = async () => {
    const asking = ++turn;
    const found = (await ifGiven(named(address.value.trim()))) ?? [];
    if (asking === turn) list(found);
  };
  /** @param {Place[]} found */
  const list = (found) => {
    places = [...clicked, ...found];
    const each = places.map(({ name, township }, i) => make("option", { value: String(i) }, [name, township].filter(Boolean).join(" · ")));
    fill(choice, make("option", { value: "" }, word("cases.place_stays")), ...each);
    choice.value = clicked.length ? "0" : "";
    element.hidden = !places.length;
  };
  /** @param {number} lon @param {number} lat */
  const point = (lon, lat) => {
    turn += 1;
    clicked = [{ name: word("cases.place_clicked", { lon: lon.toFixed(5), lat: lat.toFixed(5) }), kind: null, township: null, lon, lat }];
    list([]);
    showOnMap(lon, lat);
  };
  list([]);
  address.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => void offer(), PAUSE_MS); });
  const chosen = () => {
    const place = choice.value && places[Number(choice.value)];
    return place ? { lon: place.lon, lat: place.lat, accuracy_m: clicked.includes(place) ? null : offBy(place) } : null;
  };
  return { element, chosen, point };
}

/** @param {string} key @param {HTMLElement} control */
function labelled(key, control) {
  return make("label", {}, make("span", { class: "label" }, word(key)), control);
}

/** @param {HTMLInputElement | HTMLTextAreaElement} field */
function typed({ value }) {
  const text = value.trim();
  return text && !A_GRID.test(text) ? text : null;
}
