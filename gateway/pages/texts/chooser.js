// The choice of the interface's language, for the foot of a page.

import { ownName } from "../session/languages.js";
import { LANGUAGES, chooseInterface } from "./texts.js";

/** Fills a <select> with the languages that the pages speak, each in its own name. */
export function offerLanguages(select) {
  const shown = document.documentElement.lang;
  select.replaceChildren(
    ...LANGUAGES.map((language) => {
      const option = new Option(ownName(language), language, false, language === shown);
      option.lang = language;
      return option;
    }),
  );
  select.addEventListener("change", () => {
    chooseInterface(select.value);
    select.value = shown; // whoever is asked whether to leave a session, and stays, still has the page in this one
  });
}
