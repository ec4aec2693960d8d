// What the gateway says of itself before anything begins: whether it knows this address, and what it keeps for how long.

import { onOtherTexts, put } from "../texts/texts.js";

const DAY_H = 24;

/** Says it in `unknown` and `kept`; nothing where the server does not answer: others say that. */
export async function tellHere(unknown, kept) {
  const found = await fetch(`/api/here?${new URLSearchParams({ origin: location.origin })}`).catch(() => null);
  if (!found?.ok) return;
  const here = await found.json();
  const tell = () => {
    put(kept, here.transcripts ? "site.kept" : "site.keptForNobody", { audio: duration(here.audioHours), text: duration(here.textHours) });
  };
  unknown.hidden = here.known;
  if (!here.known) put(unknown, "site.unknownName", { origin: location.origin });
  tell();
  onOtherTexts(tell);
}

/** Hours in the words of the page's language, as days where they are whole days. */
export function duration(hours, language = document.documentElement.lang) {
  const [number, unit] = hours >= 2 * DAY_H && hours % DAY_H === 0 ? [hours / DAY_H, "day"] : [hours, "hour"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 }).format(number);
}
