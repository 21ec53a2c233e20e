// Saying where it is oneself: on a small map of the grids, or without any map.

import { fill, make } from "../shared/dom.js";
import { word } from "../shared/words.js";
import { gridAt, inside } from "../phone/area.js";
import { alter, begin, draft } from "./draft.js";
import { position } from "../phone/position.js";
import { back } from "../phone/router.js";
import { state } from "../phone/state.js";
import { placeChoice, spotOf } from "./spot.js";
import { moved } from "./where.js";

/** @import {Draft, Point} from "../phone/types.js" */

export async function mapView() {
  const whole = draft() ?? (await begin());
  const start = whole.pin ?? position.fix ?? (state.grids[0] ? inside(state.grids[0]) : null);
  if (!start) return nomapView();
  const text = make("p", { role: "status", class: "below" });
  const tell = (/** @type {Point} */ at) => fill(text, make("strong", {}, gridAt(state.grids, at)?.name ?? word("field.outside")), moved(at));
  // Only whoever wants the map loads it.
  const { ground } = await import("./ground.js");
  const map = ground(state.grids, start, tell);
  tell(start);
  const use = make("button", { type: "button", class: "primary wide" }, word("field.use_place"));
  use.addEventListener("click", async () => {
    await alter({ pin: map.at(), fix: position.fix, grid: null });
    back();
  });
  const sensor = make("button", { type: "button" }, word("field.use_sensor"));
  sensor.addEventListener("click", async () => {
    await alter({ pin: null, grid: null });
    back();
  });
  return { title: word("field.move"), content: [make("p", { class: "quiet" }, word("field.map_hint")), map.element, text, use, sensor], focus: map.element };
}

export async function nomapView() {
  const whole = draft() ?? (await begin());
  const form = make("form", { class: "stack" });
  const chosen = whole.grid ?? state.grids[0]?.code;
  const grids = state.grids.map(({ code, name, township, township_name }) => {
    const input = make("input", { type: "radio", name: "grid", value: code, checked: code === chosen });
    return make("label", { class: "choice" }, input, make("span", {}, name, " ", make("span", { class: "quiet" }, township_name === township ? "" : township_name)));
  });
  const address = make("input", { name: "address", maxlength: 300, autocomplete: "street-address" });
  address.value = whole.address;
  const gridOf = () => String(new FormData(form).get("grid") ?? chosen ?? "");
  const places = placeChoice(gridOf, whole.spot, (one) => { address.required = !one; });
  form.addEventListener("change", ({ target }) => { if (/** @type {HTMLInputElement} */ (target).name === "grid") places.renew(); });
  const use = make("button", { class: "primary wide", disabled: grids.length === 0 }, word("field.use_place"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const grid = gridOf();
    if (!grid) return;
    use.disabled = true;
    const spot = places.chosen() ?? (await spotOf(address.value.trim(), grid));
    await alter({ grid, spot, address: address.value.trim() || (spot?.name ?? ""), pin: null, fix: null });
    back();
  });
  fill(form,
    make("fieldset", { class: "choices" }, make("legend", {}, word("field.grid")), ...(grids.length ? grids : [make("p", { class: "failure" }, word("field.no_grids"))])),
    places.element, make("label", {}, make("span", { class: "label" }, word("field.street")), address), use);
  return { title: word("field.without_map"), content: [make("p", { class: "quiet" }, word("field.without_map_hint")), form] };
}
