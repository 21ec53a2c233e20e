// The same things as a table, one key away: for those who cannot see the map, or will not.

import { seen } from "sheet/surface";
import { element, titled } from "sheet/popup";

/** @import {Layer, View} from "./types.js" */

const ROWS = 200;

/**
 * @param {HTMLElement} place @param {Layer[]} layers @param {View} view
 * @param {Record<string, string>} words @param {(layer: Layer, member: number) => void} choose
 */
export function fillTable(place, layers, view, words, choose) {
  const layer = layers.findLast((each) => each.shown && each.columns.length && each.classes.length);
  place.replaceChildren();
  if (!layer) return void place.append(element("p", words.empty));
  const members = inView(layer, view);
  const shown = members.slice(0, ROWS);
  const table = element("table");
  const caption = words.table_of
    .replace("{name}", layer.name)
    .replace("{shown}", shown.length.toLocaleString())
    .replace("{total}", members.length.toLocaleString());
  table.append(element("caption", caption), head(layer), body(layer, shown, words, choose));
  place.append(table);
}

/** The gravest first: overdue before done, many visits before few. @param {Layer} layer @param {View} view */
function inView(layer, view) {
  const members = [];
  for (let at = 0; at < layer.classes.length; at++) if (visible(layer, at, view)) members.push(at);
  const sign = layer.kind === "fill" ? -1 : 1;
  return members.sort((one, other) => sign * (layer.classes[one] - layer.classes[other]));
}

/** @param {Layer} layer @param {number} at @param {View} view */
function visible(layer, at, view) {
  if (layer.kind === "fill") return seen(layer.boxes, at, view);
  if (layer.kind !== "marks") return false;
  const [x, y] = [layer.xy[at * 2], layer.xy[at * 2 + 1]];
  return x >= view.box[0] && x <= view.box[2] && y >= view.box[1] && y <= view.box[3];
}

/** @param {Layer} layer */
function head(layer) {
  const made = element("thead");
  const row = element("tr");
  for (const column of layer.columns) {
    const cell = element("th", column.label);
    cell.setAttribute("scope", "col");
    row.append(cell);
  }
  made.append(row);
  return made;
}

/**
 * @param {Layer} layer @param {number[]} members @param {Record<string, string>} words
 * @param {(layer: Layer, member: number) => void} choose
 */
function body(layer, members, words, choose) {
  const made = element("tbody");
  for (const member of members) {
    const row = element("tr");
    layer.columns.forEach((column, at) => {
      const cell = element("td", at ? column.at(member) : undefined);
      if (!at) cell.append(button(layer, member, words, choose));
      row.append(cell);
    });
    made.append(row);
  }
  return made;
}

/**
 * @param {Layer} layer @param {number} member @param {Record<string, string>} words
 * @param {(layer: Layer, member: number) => void} choose
 */
function button(layer, member, words, choose) {
  const made = element("button", layer.columns[0].at(member) || titled(layer, member));
  made.setAttribute("type", "button");
  made.title = words.show_on_map;
  made.addEventListener("click", () => choose(layer, member));
  return made;
}
