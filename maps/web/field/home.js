// The first view: what must I do now?

import { fill, make } from "../shared/dom.js";
import { time } from "../shared/formats.js";
import { word } from "../shared/words.js";
import { camera, lens } from "../phone/camera.js";
import { taskRow, ownRow } from "./cases.js";
import { alter, begin, draft } from "./draft.js";
import { matterName } from "../phone/names.js";
import { noticeList } from "./notices.js";
import { locate } from "../phone/position.js";
import { recent } from "./recent.js";
import { go } from "../phone/router.js";
import { shiftRow } from "./shift.js";
import { casesIn } from "../phone/outbox/items.js";
import { live, state } from "../phone/state.js";

/** @import {Photo} from "../phone/outbox/items.js" */

const SHOWN = 5;

export function homeView() {
  return { title: word("field.title"), content: [noticeList(), unfinished(), shoot(), often(), counts(), tasks(), mine(), shiftRow()] };
}

/** A report that was begun is gone on with, not begun anew. */
function unfinished() {
  const begun = draft();
  const place = make("p", { class: "card row" });
  place.hidden = !begun;
  if (begun) place.append(word("field.unfinished"), " ", make("a", { href: "#report", class: "button" }, word("field.go_on")));
  return place;
}

function shoot() {
  const button = camera({ class: "shoot", id: "shoot" }, "before", (photos) => start(photos, null), lens(), make("span", {}, word("field.shoot")));
  // The satellites are found while the photo is taken.
  button.addEventListener("click", locate);
  return button;
}

/** A matter first: the camera opens for it. */
function often() {
  const place = make("div", { class: "often", role: "group", "aria-label": word("field.recent") });
  live(place, () => recent().slice(0, 4), (matters) => fill(place, ...matters.map((matter) => {
    const button = camera({ class: "button" }, "before", (photos) => start(photos, matter.code), make("span", {}, matterName(matter)));
    button.addEventListener("click", locate);
    return button;
  })));
  return place;
}

/** @param {Photo[]} photos @param {string | null} matter */
async function start(photos, matter) {
  const begun = draft();
  if (begun) await alter({ photos: [...begun.photos, ...photos], matter: matter ?? begun.matter });
  else await begin({ photos, matter });
  await go("report");
}

function counts() {
  const place = make("div", { class: "counts" });
  live(place, () => [state.tasks.length, casesIn(state.items), state.others], ([checks, waiting, others]) => {
    const without = make("button", { type: "button" }, word("field.without_photo"));
    without.addEventListener("click", () => { locate(); void start([], null); });
    fill(
      place,
      make("a", { href: "#tasks", class: "tile" }, make("strong", {}, String(checks)), word("field.tasks")),
      make("a", { href: "#waiting", class: "tile" }, make("strong", {}, String(waiting)), word("field.waiting")),
      without,
      others ? make("p", { class: "quiet" }, word("field.others", { n: others })) : null,
    );
  });
  return place;
}

function tasks() {
  const place = make("section", { class: "stack", "aria-label": word("field.tasks") });
  live(place, () => [state.tasks, done(), none()], ([checks]) => {
    const rows = state.tasks.length ? state.tasks.map(taskRow) : [make("li", { class: "quiet" }, none())];
    fill(place, make("h2", {}, word("field.tasks_n", { n: checks.length })), make("ul", { class: "rows" }, ...rows));
  });
  return place;
}

/** Whose step is on its way. */
function done() {
  return state.items.filter((item) => item.kind === "step").map((item) => item.case);
}

function none() {
  if (state.standing === "out") return word("field.signed_out_lists");
  return state.readAt ? word("field.no_tasks", { time: time(state.readAt) }) : word("field.not_read");
}

function mine() {
  const place = make("section", { class: "stack", "aria-label": word("field.mine") });
  live(place, () => [state.mine.slice(0, SHOWN), state.mine.length, state.standing === "out"], ([, n, out]) => {
    const rows = state.mine.slice(0, SHOWN).map(ownRow);
    const none = make("li", { class: "quiet" }, word(out ? "field.signed_out_lists" : "field.no_mine"));
    const more = make("a", { href: "#mine" }, word("field.mine_all", { n: Number(n) }));
    fill(place, make("h2", {}, word("field.mine")), make("ul", { class: "rows" }, ...(rows.length ? rows : [none])), Number(n) > SHOWN ? more : null);
  });
  return place;
}
