// The page at an address that there is none of.

import { loadTexts, text } from "../texts/texts.js";

await loadTexts();
document.title = `${text("landing.lost")} – Dragoman`;
