// The page that says what this service is, what it is made of and what it keeps.

import { offerLanguages } from "../texts/chooser.js";
import { loadTexts, text } from "../texts/texts.js";
import { credit, inUse, times } from "./facts.js";

const LONGEST_MS = 10_000;
const part = (id) => document.querySelector(`#${id}`);

function item(words, link = "") {
  const entry = document.createElement("li");
  entry.textContent = words;
  if (link) {
    const read = Object.assign(document.createElement("a"), { href: link, textContent: text("about.licence"), rel: "noreferrer" });
    entry.append(" ", read);
  }
  return entry;
}

async function show() {
  const response = await fetch("/api/about", { signal: AbortSignal.timeout(LONGEST_MS) });
  if (!response.ok) throw new Error(response.statusText);
  const { version, kept, engines, works } = await response.json();
  part("version").textContent = version && text("about.version", { version });
  part("times").replaceChildren(...times(kept).map((line) => item(line)));
  const used = inUse(engines);
  part("engines").replaceChildren(...(used.length ? used : [text("about.nothingYet")]).map((line) => item(line)));
  part("works").replaceChildren(...works.map((work) => item(credit(work), work.licenceUrl)));
}

async function open() {
  await loadTexts();
  document.title = `${text("about.title")} – Dragoman`;
  offerLanguages(part("interface"));
  await show().catch(() => {
    part("said").textContent = text("about.unreachable");
  });
}

open();
