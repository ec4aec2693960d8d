// Which language is chosen at first, and how languages are called. No DOM.

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

/** The name of a language in itself; in English, or the tag, where the browser knows no better. */
export function ownName(tag) {
  if (OWN_NAMES.has(tag)) return OWN_NAMES.get(tag);
  try {
    const known = Intl.DisplayNames.supportedLocalesOf([tag]).length > 0;
    return new Intl.DisplayNames([known ? tag : "en"], { type: "language" }).of(tag);
  } catch {
    return tag; // not a tag that the browser understands
  }
}

/** What the choice of languages says of one on offer. */
export function label({ language, speech }, floor) {
  if (language === floor) return `${ownName(language)} (original)`;
  return ownName(language) + (speech ? "" : " (text only)");
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
