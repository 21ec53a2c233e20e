// The sheet of codes goes to the printer.

import { byId } from "../shared/dom.js";

if (document.getElementById("print")) byId("print").addEventListener("click", () => print());
