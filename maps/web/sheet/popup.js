// Popups and hover notes. What people typed only ever becomes a text node.

/** @import {Found, Layer} from "./types.js" */

const LISTED = 50;

/** @param {string} tag @param {string} [text] @param {string} [name] */
export function element(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (name) made.className = name;
  return made;
}

/** @param {Found} hit @param {Record<string, string>} words */
export function popup({ layer, members }, words) {
  const body = element("div", undefined, "popup");
  if (members.length === 1) {
    body.append(element("h2", titled(layer, members[0])), facts(layer, members[0]));
    return body;
  }
  body.append(element("h2", words.all_here.replace("{n}", members.length.toLocaleString())));
  for (const member of members.slice(0, LISTED)) {
    const entry = element("details");
    entry.append(element("summary", titled(layer, member)), facts(layer, member));
    body.append(entry);
  }
  const more = members.length - LISTED;
  if (more > 0) body.append(element("p", words.more.replace("{n}", more.toLocaleString())));
  return body;
}

/** @param {Found} hit @param {Record<string, string>} words */
export function note({ layer, members }, words) {
  if (members.length > 1) return element("span", words.all_here.replace("{n}", members.length.toLocaleString()));
  return element("span", titled(layer, members[0]));
}

/** @param {Layer} layer @param {number} member */
export function titled(layer, member) {
  const said = layer.columns.map((column) => column.at(member)).filter(Boolean);
  const state = layer.kind === "marks" && layer.looks.length > 1 ? layer.looks[layer.classes[member]].label : "";
  return [said[0] ?? layer.name, state === said[0] ? "" : state].filter(Boolean).join(" · ");
}

/** @param {Layer} layer @param {number} member */
function facts(layer, member) {
  const list = element("dl");
  for (const column of layer.columns) {
    const said = column.at(member);
    if (said) list.append(element("dt", column.label), element("dd", said));
  }
  return list;
}
