// The languages that can be recognised just now: asked for until there are some.

import { ownName, preselected } from "../session/languages.js";
import { text } from "../texts/texts.js";
import { fetched } from "./fetched.js";
import { savedChoices } from "./remembered.js";

const part = (id) => document.querySelector(`#${id}`);
const AGAIN_MS = 3000;

/** Offers them, each in its own name; while there are none, the page says so and asks again. Resolves with the first answer. */
export async function showLanguages() {
  const offered = await asked();
  part("language-none").textContent = offered?.length ? "" : text(offered ? "speak.problemNoLanguages" : "speak.languagesUnreachable");
  if (!offered?.length) return void setTimeout(showLanguages, AGAIN_MS);
  const first = preselected([savedChoices().language ?? "", ...navigator.languages].filter(Boolean), offered, offered[0]);
  const options = offered.map((tag) => Object.assign(new Option(ownName(tag), tag, false, tag === first), { lang: tag }));
  part("language").replaceChildren(...options.sort((a, b) => a.text.localeCompare(b.text)));
}

/** Null while the server cannot be reached. */
async function asked() {
  try {
    const response = await fetched("/api/languages");
    return response.ok ? Object.keys((await response.json()).sourceLanguages) : null;
  } catch {
    return null;
  }
}
