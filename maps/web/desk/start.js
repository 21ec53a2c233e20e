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

/** @import {Overview} from "./types.js" */

async function refresh() {
  /** @type {Overview} */
  const overview = await get("/api/overview");
  showNext(byId("next"), overview);
  showFigures(byId("figures"), overview);
  showMaps(byId("maps"), overview);
}

byId("import").hidden = !may("import");
prepareImport(() => void region(byId("next"), refresh));
await region(byId("next"), refresh);
