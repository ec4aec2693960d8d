// The words of the pages in the reader's language: one JSON file each, English where a language has none.

import { AUTO, preselected } from "../session/languages.js";
import { storage } from "../session/storage.js";

export const LANGUAGES = ["en", "es", "de", "fr"];
const SAVED = "dragoman.interface";

let words = {};
let chosen = null;
const renders = [];

/** Loads the texts and fills the page. Must have ended before `text` is called. */
export async function loadTexts() {
  const language = interfaceLanguage(chosen ?? storage().getItem(SAVED), navigator.languages);
  const response = await fetch(`/static/texts/${language}.json`);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  words = await response.json();
  document.documentElement.lang = language;
  fill(document);
}

/** `render` writes again what the page says, when it is shown in another language. */
export function onOtherTexts(render) {
  renders.push(render);
}

/** The language that was chosen here once, or the first of the browser's that there is. */
export function interfaceLanguage(saved, wanted) {
  return LANGUAGES.includes(saved) ? saved : preselected(wanted, LANGUAGES, "en");
}

/** Remembers a choice and shows the page in it: nobody who speaks or listens is interrupted by that. */
export async function chooseInterface(language) {
  chosen = language;
  keep(language);
  await loadTexts();
  for (const render of renders) render();
}

function keep(language) {
  try {
    storage().setItem(SAVED, language);
  } catch {
    // a browser that is full: it holds for this visit
  }
}

/** The text `section.name`, with `{names}` replaced by `values`. */
export function text(key, values = {}) {
  return spoken(words, key, values);
}

/** The `lang` of a language's name as `ownName` gives it: of whatever is spoken that is the page's own. */
export function langOf(tag) {
  return tag === AUTO ? document.documentElement.lang : tag;
}

/** Lets an element hold a text, in whichever language the page is shown; without a `key` it is empty. Changes what is new only. */
export function put(element, key, values = {}) {
  if (key) element.dataset.text = key;
  else delete element.dataset.text;
  if (Object.keys(values).length) element.dataset.values = JSON.stringify(values);
  else delete element.dataset.values;
  write(element, key ? text(key, values) : "");
}

/** A screen reader reads every change: the same words are none. */
function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** Elements say which text they hold (`data-text`), and which is their label, placeholder or title. */
export function fill(root) {
  for (const element of root.querySelectorAll("[data-text]")) {
    write(element, text(element.dataset.text, JSON.parse(element.dataset.values ?? "{}")));
  }
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
