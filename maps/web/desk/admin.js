// The administrator's page: one tab at a time, named behind the # of the address.

import { byId, make } from "../shared/dom.js";
import "../shared/network.js";
import { region } from "../shared/region.js";
import { word } from "../shared/words.js";
import { showBureau } from "./admin/bureau.js";
import { showDevices } from "./admin/devices.js";
import { showImports } from "./admin/imports.js";
import { showJobs } from "./admin/jobs.js";
import { showPeople } from "./admin/people.js";
import { showPrivacy } from "./admin/privacy.js";
import { showTokens } from "./admin/tokens.js";
import { showUnits } from "./admin/units.js";

/** Fills an element; `rest` is what follows the tab's name in the address: `#people/REST`. */
/** @typedef {(place: HTMLElement, rest: string) => void | Promise<void>} Tab */

/** @type {Record<string, Tab>} */
const TABS = {
  people: showPeople,
  tokens: showTokens,
  bureau: showBureau,
  units: showUnits,
  devices: showDevices,
  imports: showImports,
  jobs: showJobs,
  privacy: showPrivacy,
};
const FIRST = "people";
const bureau = document.title;

/** Each time into a new element, so that a tab which answers late cannot write into another. */
async function open() {
  const [asked, ...rest] = location.hash.slice(1).split("/");
  const name = Object.hasOwn(TABS, asked) ? asked : FIRST;
  const title = make("h2", { id: "tab-title", tabindex: -1 }, word(`admin.${name}`));
  const content = make("div", { class: "stack" });
  mark(name);
  byId("tab").replaceChildren(make("section", { class: "stack", "aria-labelledby": "tab-title" }, title, content));
  byId("tab").removeAttribute("aria-busy");
  await region(content, async () => TABS[name](content, decodeURIComponent(rest.join("/"))));
}

/** @param {string} name */
function mark(name) {
  for (const link of document.querySelectorAll("[data-tab]")) {
    const here = link instanceof HTMLElement && link.dataset.tab === name;
    if (!here) { link.removeAttribute("aria-current"); continue; }
    link.setAttribute("aria-current", "page");
    link.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  document.title = `${word(`admin.${name}`)} · ${bureau}`;
}

/** Whoever followed a link reads on from the title of what it opened. */
window.addEventListener("hashchange", () => {
  const opened = open();
  byId("tab-title").focus();
  return opened;
});
await open();
