// What the gateway says of itself, as sentences of the page. No DOM.

import { text } from "../texts/texts.js";

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** A time in words: minutes, hours up to two days, then days. */
export function span(seconds, language = document.documentElement.lang) {
  const [unit, size] = seconds < HOUR_S ? ["minute", 60] : seconds <= 2 * DAY_S ? ["hour", HOUR_S] : ["day", DAY_S];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 }).format(seconds / size);
}

/** What is kept for how long. */
export function times({ soundS, textS, captionsS, transcripts }) {
  return [
    text("about.sound", { time: span(soundS) }),
    text("about.text", { time: span(textS) }),
    text("about.captions", { time: span(captionsS) }),
    text(transcripts ? "about.transcripts" : "about.noTranscripts"),
  ];
}

/** What is in use now, a line for each stage. */
export function inUse(engines) {
  return Object.entries(engines).map(([stage, those]) => {
    const names = those.map(({ name, elsewhere }) => (elsewhere ? text("about.elsewhere", { name }) : name));
    return text(`about.${stage}`, { names: names.join(", ") });
  });
}

/** By whom a work is, and under which licence. */
export function credit({ name, by, licence, attribution, models }) {
  const who = attribution || (by && by !== name ? text("about.by", { name, by }) : name);
  return text("about.work", { who, licence, models: models.join(", ") });
}
