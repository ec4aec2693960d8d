// That machines made it, in the words of whoever runs the service where they set some; else in the page's language.

import { put } from "../texts/texts.js";

export function showMade(element, wording) {
  if (!wording) return;
  put(element, "");
  element.textContent = wording;
  element.dir = "auto";
}
