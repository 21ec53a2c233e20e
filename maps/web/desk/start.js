// The start page: reads the overview and hands it to each part; again after every import.

import { get } from "../shared/api.js";
import { byId } from "../shared/dom.js";
import { may } from "../shared/may.js";
import "../shared/network.js";
import { region } from "../shared/region.js";
import { showFigures } from "./figures.js";
import { prepareImport } from "./importing.js";
import { showMaps } from "./cards.js";
import { showNext } from "./nextstep.js";
import { ownWork } from "./ownwork.js";

/** @import {Overview} from "./types.js" */

async function refresh() {
  /** @type {Overview} */
  const overview = await get("/api/overview");
  showNext(byId("next"), overview);
  // Whoever has less than a township has nothing to see on its maps, and it is not for want of an import.
  const small = overview.townships === 0 && ownWork() !== null;
  for (const part of ["figures-section", "maps-section"]) byId(part).hidden = small;
  if (small) return;
  showFigures(byId("figures"), overview);
  showMaps(byId("maps"), overview);
}

byId("import").hidden = !may("import");
prepareImport(() => void region(byId("next"), refresh));
await region(byId("next"), refresh);
