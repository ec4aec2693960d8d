// Which language is chosen at first, and how languages are called. No DOM.

import { text } from "../texts/texts.js";

/** Instead of a language: whichever is spoken. */
export const AUTO = "auto";

// Chromium brings no names in these languages.
const OWN_NAMES = new Map([
  ["eo", "esperanto"],
  ["gl", "galego"],
]);

/**
 * The first of the reader's languages that is on offer, by RFC 4647 lookup (`es-MX` is served by `es`; a bare `pt` also by
 * `pt-BR`). Without one the floor: nobody is shown a language that they did not ask for.
 */
export function preselected(wanted, offered, floor) {
  for (const tag of wanted) {
    const match = lookup(tag, offered) ?? offered.find((each) => each.toLowerCase().startsWith(`${tag.toLowerCase()}-`));
    if (match) return match;
  }
  return floor;
}

/** The language of a device, the first of `wanted`, if it is not on offer; else empty. A region does not matter. */
export function missing([tag] = [], offered) {
  if (!tag || !offered.length || preselected([tag], offered, "")) return "";
  try {
    const { language, script } = new Intl.Locale(tag);
    const cut = [language, script].filter(Boolean).join("-");
    return preselected([cut], offered, "") ? "" : cut; // whose variant for another region is offered, the reader can choose
  } catch {
    return ""; // not a tag that the browser understands
  }
}

/** The name of a language in itself; in English, or the tag, where the browser knows no better. */
export function ownName(tag) {
  if (tag === AUTO) return text("site.asSpoken");
  if (OWN_NAMES.has(tag)) return OWN_NAMES.get(tag);
  try {
    const known = Intl.DisplayNames.supportedLocalesOf([tag]).length > 0;
    return new Intl.DisplayNames([known ? tag : "en"], { type: "language" }).of(tag);
  } catch {
    return tag; // not a tag that the browser understands
  }
}

/** The name of a language in another one. */
export function nameIn(language, tag) {
  if (tag === AUTO) return text("site.asSpoken");
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag);
  } catch {
    return tag;
  }
}

/** What is special about a language on offer: some of `original`, `textOnly`, `rough`, `roughVoice`, `fetched` and `prepared`. */
export function notes({ language, speech, quality, speechQuality, state }, floor) {
  if (language === floor) return ["original"];
  return [
    ...(speech ? [] : ["textOnly"]),
    ...(quality === "rough" ? ["rough"] : []),
    ...(speech && speechQuality === "rough" ? ["roughVoice"] : []),
    ...({ fetchable: ["fetched"], preparing: ["prepared"] }[state] ?? []),
  ];
}

/** The name of the text that says how it stands with a chosen language that is not there, or is made better; or nothing. */
export function preparation({ state, failed } = {}) {
  if (state === "preparing") return failed ? "preparingFailed" : "preparing";
  return state === "fetchable" ? "fetchedThen" : "";
}

/** Whether someone who types `query` may mean this language: by its tag, its own name or its name in `language`. */
export function matches(query, tag, language) {
  const wanted = plain(query);
  return [tag, ownName(tag), nameIn(language, tag)].some((name) => plain(name).includes(wanted));
}

/** Without case and accents: nobody should need a keyboard of the language. */
function plain(words) {
  return words.trim().normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function lookup(tag, offered) {
  const subtags = tag.toLowerCase().split("-");
  while (subtags.length) {
    const match = offered.find((each) => each.toLowerCase() === subtags.join("-"));
    if (match) return match;
    subtags.pop();
    if (subtags.at(-1)?.length === 1) subtags.pop();
  }
  return null;
}
