// The choice of the interface's language, for the foot of a page.

import { ownName } from "../session/languages.js";
import { LANGUAGES, chooseInterface, onOtherTexts } from "./texts.js";

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
  const show = () => (select.value = document.documentElement.lang);
  onOtherTexts(show); // there may be two of them on a page
  select.addEventListener("change", () => chooseInterface(select.value).catch(show));
}
