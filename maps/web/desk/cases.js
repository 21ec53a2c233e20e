// The desk of whoever takes calls, files and closes cases, or sends the squads: queues, map, call, case.

import { ifGiven } from "../shared/api.js";
import { byId } from "../shared/dom.js";
import { may } from "../shared/may.js";
import "../shared/network.js";
import { current, look, show } from "./cases/case.js";
import { prepareFilter } from "./cases/filter.js";
import { prepareJoint } from "./cases/joint.js";
import { listenToKeys } from "./cases/keys.js";
import { prepareLists } from "./cases/lists.js";
import { poll } from "./cases/polling.js";
import { heed, mark, prepareQueue, refresh } from "./cases/queue.js";
import { prepareSearch } from "./cases/search.js";
import { prepareViews, turnTo } from "./cases/views.js";
import { follow } from "./live/following.js";
import { onChange } from "./live/store.js";
import { prepareBoard } from "./map/opening.js";

function open() {
  const id = /^#case=([0-9a-f-]{36})$/.exec(location.hash)?.[1];
  if (!id) return;
  turnTo("case");
  mark(id);
  if (id !== current()) void show(id);
}

window.addEventListener("hashchange", open);
document.addEventListener("stepped", () => void refresh(true));
void prepareBoard(byId("cases"));
prepareLists();
prepareViews();
listenToKeys();
if (may("contact")) (await import("./cases/call.js")).prepareCall();
prepareFilter();
prepareQueue();
prepareSearch();
if (may("dispatch")) prepareJoint();
onChange("cases", (changed) => {
  heed(changed);
  if (changed.has(current())) void ifGiven(look());
});
open();
follow();
poll(async (missed) => { await Promise.all([refresh(false, missed), look()]); });
