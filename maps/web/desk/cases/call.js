// Taking a call: an order of a hotline, somebody on the telephone or at the counter.

import { get, ifGiven, post, Refusal } from "../../shared/api.js";
import { byId, enable, fill } from "../../shared/dom.js";
import { instant } from "../../shared/formats.js";
import { onSubmit } from "../../shared/forms.js";
import { word } from "../../shared/words.js";
import { answersTo, askFurther, forgetAnswers } from "./asking.js";
import { keepDraft, keyOf } from "./draft.js";
import { offerLikely } from "./likely.js";
import { matterNamed, matters, offerMatters } from "./matters.js";
import { showPicture } from "./ground.js";
import { A_GRID, placeOf, preparePlace, showPlace } from "./placing.js";

/** @import {Enquiry} from "./types.js" */
/** @typedef {{enquiry: string, report: string, at: string}} Call  What one call is known by: sent again it is the same one. */

const BEGUN = keyOf("begun");
const PAUSE_MS = 300;
const form = /** @type {HTMLFormElement} */ (byId("call"));
const taken = byId("taken");
const likely = byId("likely");
const asked = byId("asked");
let forget = () => {};
let waiting = 0;

export function prepareCall() {
  forget = keepDraft(form, "call");
  preparePlace(form, compare);
  offerMatters(field("matter"), byId("matter-hint"), meetMatter);
  void showPlace(form);
  showPicture();
  field("matter").addEventListener("input", () => void meetMatter());
  field("address").addEventListener("input", () => field("address").setCustomValidity(""));
  byId("clear").addEventListener("click", clear);
  onSubmit(form, send);
  enable("take");
}

async function meetMatter() {
  askFurther(asked, matterNamed((await ifGiven(matters())) ?? [], field("matter").value));
  compare();
}

/** What is likely the same is told as soon as matter and place are known; it covers nothing that is being typed. */
function compare() {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const matter = matterNamed((await ifGiven(matters())) ?? [], field("matter").value);
    const place = placeOf(form);
    if (!matter || !place) return fill(likely);
    const asked = new URLSearchParams({ matter: matter.code, lon: String(place.lon), lat: String(place.lat) });
    await offerLikely(likely, `/api/incidents/similar?${asked}`);
    form.querySelector(":focus")?.scrollIntoView({ block: "nearest" });
  }, PAUSE_MS);
}

/** @param {FormData} given */
async function send(given) {
  const matter = matterNamed(await matters(), text(given, "matter") ?? "");
  const place = placeOf(form);
  field("matter").setCustomValidity(matter ? "" : word("call.no_matter"));
  field("address").setCustomValidity(place ? "" : word("call.place_needed"));
  if (!form.reportValidity() || !matter || !place) return;
  const call = begun();
  const attach = text(given, "attach");
  const caller = { name: text(given, "caller_name"), phone: text(given, "caller_phone") };
  const channel = String(given.get("channel"));
  const limit = text(given, "respond_by");
  const typed = text(given, "address");
  const kept = await take({
    id: call.enquiry, channel, outside_no: text(given, "outside_no"), respond_by: limit && instant(limit),
    caller: caller.name || caller.phone ? caller : null, incident: attach, reason: attach && word("likely.reason"),
    report: { id: call.report, matter: matter.code, ...place, occurred_at: call.at, address: typed && A_GRID.test(typed) ? null : typed,
              description: text(given, "description"), source: channel, answers: answersTo(matter) },
  });
  if (kept.as_before) return tell("call.as_before", kept);
  clear();
  tell(attach ? "call.attached" : "call.taken", kept);
}

/** The same call again leads to its case; what was changed since then stays, to be said there. @param {{id: string, [name: string]: unknown}} told @returns {Promise<Enquiry & {as_before?: boolean}>} */
async function take(told) {
  try {
    return await post("/api/enquiries", told);
  } catch (failure) {
    if (!(failure instanceof Refusal) || failure.problem.code !== "other_content") throw failure;
    return { ...await get(`/api/enquiries/${told.id}`), as_before: true };
  }
}

/** @param {string} what @param {Enquiry} kept */
function tell(what, kept) {
  taken.hidden = false;
  taken.textContent = word(what, { no: kept.case_no ?? "" });
  document.dispatchEvent(new Event("stepped"));
  location.hash = `#case=${kept.case}`;
}

/** @returns {Call} */
function begun() {
  const kept = sessionStorage.getItem(BEGUN);
  const call = kept ? JSON.parse(kept) : { enquiry: crypto.randomUUID(), report: crypto.randomUUID(), at: new Date().toISOString() };
  sessionStorage.setItem(BEGUN, JSON.stringify(call));
  return call;
}

function clear() {
  sessionStorage.removeItem(BEGUN);
  form.reset();
  for (const name of ["lon", "lat", "placed", "accuracy"]) field(name).value = "";
  forget();
  taken.hidden = true;
  byId("matter-hint").hidden = true;
  fill(byId("found"));
  fill(likely);
  forgetAnswers(asked);
  field("matter").dispatchEvent(new Event("input"));
  forget();
  void showPlace(form);
}

/** @param {FormData} given @param {string} name */
function text(given, name) {
  return String(given.get(name) ?? "").trim() || null;
}

/** @param {string} name */
function field(name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}
