// The words of the pages in the reader's language: one JSON file each, English where a language has none.

import { AUTO, preselected } from "../session/languages.js";
import { storage } from "../session/storage.js";

export const LANGUAGES = ["en", "es", "de", "fr"];
const SAVED = "dragoman.interface";

let words = {};

/** Loads the texts and fills the page. Must have ended before `text` is called. */
export async function loadTexts() {
  const language = interfaceLanguage(storage().getItem(SAVED), navigator.languages);
  const response = await fetch(`/static/texts/${language}.json`);
  words = await response.json();
  document.documentElement.lang = language;
  fill(document);
}

/** The language that was chosen here once, or the first of the browser's that there is. */
export function interfaceLanguage(saved, wanted) {
  return LANGUAGES.includes(saved) ? saved : preselected(wanted, LANGUAGES, "en");
}

/** Remembers a choice and shows the page in it. */
export function chooseInterface(language) {
  storage().setItem(SAVED, language);
  location.reload();
}

/** The text `section.name`, with `{names}` replaced by `values`. */
export function text(key, values = {}) {
  return spoken(words, key, values);
}

/** The `lang` of a language's name as `ownName` gives it: of whatever is spoken that is the page's own. */
export function langOf(tag) {
  return tag === AUTO ? document.documentElement.lang : tag;
}

/** Elements say which text they hold (`data-text`), and which is their label, placeholder or title. */
export function fill(root) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of root.querySelectorAll("[data-label]")) element.setAttribute("aria-label", text(element.dataset.label));
  for (const element of root.querySelectorAll("[data-hint]")) element.placeholder = text(element.dataset.hint);
}

/** As `text`, of given words; a text with a number may have the forms of `Intl.PluralRules` for `values.count`. */
export function spoken(from, key, values, language = document.documentElement.lang) {
  const [section, name] = key.split(".");
  let found = from[section]?.[name] ?? key;
  if (typeof found === "object") found = found[new Intl.PluralRules(language).select(values.count)] ?? found.other;
  return found.replace(/\{(\w+)\}/g, (whole, member) => values[member] ?? whole);
}
