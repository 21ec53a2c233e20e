// The desk of whoever takes calls, files and closes cases: queues, the call, the case.

import { byId } from "../shared/dom.js";
import "../shared/network.js";
import { prepareCall } from "./cases/call.js";
import { current, look, show } from "./cases/case.js";
import { listenToKeys } from "./cases/keys.js";
import { poll } from "./cases/polling.js";
import { mark, prepareQueue, refresh } from "./cases/queue.js";

const page = byId("cases");

/** On a narrow screen one part is shown at a time. @param {string} panel */
function turnTo(panel) {
  page.dataset.panel = panel;
  for (const button of page.querySelectorAll(".panels button")) {
    button.setAttribute("aria-pressed", String(button instanceof HTMLElement && button.dataset.show === panel));
  }
}

function follow() {
  const id = /^#case=([0-9a-f-]{36})$/.exec(location.hash)?.[1];
  if (!id) return;
  turnTo("case");
  mark(id);
  if (id !== current()) void show(id);
}

for (const button of page.querySelectorAll(".panels button")) {
  button.addEventListener("click", () => turnTo(/** @type {HTMLElement} */ (button).dataset.show ?? "queue"));
}
window.addEventListener("hashchange", follow);
document.addEventListener("stepped", () => void refresh(true));
turnTo("queue");
listenToKeys(() => turnTo("call"));
prepareCall();
prepareQueue();
follow();
poll(async () => { await Promise.all([refresh(), look()]); });
