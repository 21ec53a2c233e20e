// Keeping up with what happens: by the stream while it lives, by asking while it does not.

import { ifGiven } from "../../shared/api.js";
import { byId, fill } from "../../shared/dom.js";
import { word } from "../../shared/words.js";
import { renewMatters } from "../cases/matters.js";
import { poll } from "../cases/polling.js";
import { renewGround } from "../map/board.js";
import { complete, isLacking, load, loadSquads } from "./store.js";
import { isLive, listen } from "./stream.js";

const ALL_MS = 60_000;
/** The stream says from where on it tells; whoever waits longer for it reads at once. */
const PATIENCE_MS = 1_500;

export function follow() {
  let begun = false;
  const readAll = () => {
    begun = true;
    void ifGiven(Promise.all([loadSquads(), load()]));
  };
  tell(false);
  listen({ live: tell, readAll, layer: renew });
  setTimeout(() => { if (!begun) readAll(); }, PATIENCE_MS);
  poll(async (missed) => { if (missed || !isLive() || !complete("squads")) await loadSquads(); });
  poll(async () => { if (isLacking()) await load(); });
  poll(async (missed) => { if (missed || !isLive()) await load(); }, ALL_MS);
}

/** @param {boolean} live */
function tell(live) {
  const place = byId("live");
  place.classList.toggle("on", live);
  fill(place, word(live ? "live.on" : "live.off"));
}

/** A file was imported, a study made, a plan approved; what does not come now comes with the next turn. @param {string} layer */
function renew(layer) {
  if (layer === "matters") renewMatters();
  if (["incidents", "matters"].includes(layer)) void ifGiven(load());
  else if (layer === "squads") void ifGiven(loadSquads());
  else renewGround(layer);
}
