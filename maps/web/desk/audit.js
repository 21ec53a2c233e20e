// The journal: filtered by its address, so that a view of it can be handed on; the newest first.

import { get } from "../shared/api.js";
import { byId, fill, make } from "../shared/dom.js";
import { dayBegins, later } from "../shared/formats.js";
import "../shared/network.js";
import { region } from "../shared/region.js";
import { word } from "../shared/words.js";
import { actorOf, prepareActors } from "./actors.js";
import { entry } from "./entry.js";
import { prepareVerify } from "./verifying.js";

/** @import {Entry} from "./entry.js" */

const PAGE = 100;
const MOMENT_MS = 300;
const FIELDS = ["verb", "kind", "subject", "actor", "since", "last"];
const form = /** @type {HTMLFormElement} */ (byId("filters"));
const rows = byId("rows");
const more = byId("more");
let asked = 0;

/** What the API is asked for: days are the bureau's, and people name the last one. */
function query() {
  const address = new URLSearchParams(location.search);
  const wanted = new URLSearchParams();
  for (const name of ["verb", "kind", "subject", "actor"]) if (address.get(name)) wanted.set(name, address.get(name) ?? "");
  const [since, last] = [address.get("since"), address.get("last")];
  if (since) wanted.set("since", dayBegins(since));
  if (last) wanted.set("until", dayBegins(later(last, 1)));
  return wanted;
}

function find() {
  const mine = ++asked;
  const row = Number(new URLSearchParams(location.search).get("row"));
  /** @type {HTMLAnchorElement} */ (byId("download")).href = `/api/journal.csv?${query()}`;
  return region(more, () => load(row ? String(row + 1) : "", true, () => mine === asked));
}

/** @param {string} after @param {boolean} first @param {() => boolean} isNewest */
async function load(after, first, isNewest) {
  /** @type {{items: Entry[], next: string | null}} */
  const page = await get(`/api/journal?${query()}&limit=${PAGE}&after=${after}`);
  if (!isNewest()) return;
  if (first) fill(rows);
  rows.append(...page.items.map((row) => entry(row, (wanted) => {
    void look(wanted);
    show();
  })));
  const button = make("button", { type: "button" }, word("journal.older"));
  button.addEventListener("click", () => void region(more, () => load(page.next ?? "", false, isNewest)));
  fill(more, page.next && button, !rows.childElementCount && make("p", { class: "quiet" }, word("journal.none")));
  showActor(page.items);
}

/** In the address a person is an id; in the field, a login. @param {Entry[]} items */
function showActor(items) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("actor"));
  const known = items.find((row) => row.actor === field.value)?.actor_login;
  if (known) field.value = known;
}

/** Keeps what is looked for in the address, and looks for it. @param {Record<string, string>} wanted */
function look(wanted) {
  history.replaceState(null, "", `?${new URLSearchParams(Object.entries(wanted).filter(([, value]) => value))}`);
  return find();
}

/** The address in the fields. */
function show() {
  const address = new URLSearchParams(location.search);
  for (const name of FIELDS) /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).value = address.get(name) ?? "";
}

let waiting = 0;
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => void region(more, async () => {
    const given = Object.fromEntries(FIELDS.map((name) => [name, String(new FormData(form).get(name)).trim()]));
    await look({ ...given, actor: await actorOf(given.actor) });
  }), MOMENT_MS);
});
prepareActors(/** @type {HTMLInputElement} */ (form.elements.namedItem("actor")), byId("actors"));
prepareVerify(/** @type {HTMLFormElement} */ (byId("verify")), byId("verdict"));
show();
await find();
