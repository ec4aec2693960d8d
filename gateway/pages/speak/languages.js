// The languages that can be recognised just now: asked for until there are some.

import { ask } from "../session/ask.js";
import { AUTO, ownName, preselected } from "../session/languages.js";
import { onOtherTexts, put, text } from "../texts/texts.js";
import { savedChoices } from "./remembered.js";

const part = (id) => document.querySelector(`#${id}`);
const AGAIN_MS = 3000;
const DETECT = { className: "detect" };

/** Offers them, each in its own name; while there are none, the page says so and asks again. Resolves with the first answer. */
export async function showLanguages() {
  const found = await asked();
  const offered = found && Object.keys(found.sourceLanguages);
  put(part("language-none"), offered?.length ? "" : offered ? "speak.problemNoLanguages" : "speak.languagesUnreachable");
  if (!offered?.length) return void setTimeout(showLanguages, AGAIN_MS);
  const choices = found.detect ? [AUTO, ...offered] : offered;
  const first = preselected([savedChoices().language ?? "", ...navigator.languages].filter(Boolean), choices, offered[0]);
  const options = offered.map((tag) => Object.assign(new Option(ownName(tag), tag), { lang: tag }));
  options.sort((a, b) => a.text.localeCompare(b.text));
  const translated = ({ value }) => found.sourceLanguages[value].some(({ language }) => language !== value);
  const written = Object.assign(document.createElement("optgroup"), { label: text("speak.notTranslated") });
  written.append(...options.filter((option) => !translated(option)));
  const shown = [...options.filter(translated), ...(written.children.length ? [written] : [])];
  if (found.detect) shown.unshift(Object.assign(new Option(text("speak.detect"), AUTO), DETECT));
  for (const id of ["language", "spoken"]) part(id).replaceChildren(...shown.map((option) => option.cloneNode(true)));
  part("language").value = first;
  part("language").onchange = sayWhetherTranslated;
  sayWhetherTranslated();
}

/** Nobody who chose a language that is only written down shall find that out from the listeners. */
function sayWhetherTranslated() {
  const group = part("language").selectedOptions[0]?.closest("optgroup");
  put(part("language-none"), group ? "speak.notTranslatedHint" : "");
}

onOtherTexts(() => {
  for (const option of document.querySelectorAll("option.detect")) option.text = text("speak.detect");
  for (const group of document.querySelectorAll("#language optgroup, #spoken optgroup")) group.label = text("speak.notTranslated");
});

/** Null while the server cannot be reached. */
async function asked() {
  try {
    const response = await ask("/api/languages");
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
