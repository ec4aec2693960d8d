// What the address of an overlay says. No DOM.

const COLOUR = /^(#[0-9a-f]{3,8}|[a-z]+)$/i;

/**
 * The options in the query: `language` (of the captions, default the floor), `size` (px), `lines`, `mode` (`steady` or
 * `fast`), `color`, `background` (colours by name, or hex with or without #), `edge` (`outline`, `box` or `none`),
 * `place` (`bottom` or `top`), `align` (`center`, `start`, `end`), `hide` (seconds after which a caption goes, 0 never),
 * `pin`, `debug`. What makes no sense is the default.
 */
export function optionsOf(query) {
  const given = new URLSearchParams(query);
  return {
    language: given.get("language") ?? "",
    size: number(given.get("size"), 48, 8, 400),
    lines: number(given.get("lines"), 2, 1, 20),
    hideS: number(given.get("hide"), 0, 0, 3600),
    mode: one(given.get("mode"), ["steady", "fast"]),
    edge: one(given.get("edge"), ["outline", "box", "none"]),
    place: one(given.get("place"), ["bottom", "top"]),
    align: one(given.get("align"), ["center", "start", "end"]),
    colour: colour(given.get("color"), "#ffffff"),
    background: colour(given.get("background"), "#000000"),
    pin: given.get("pin") ?? "",
    debug: given.has("debug"),
  };
}

function number(text, otherwise, least, most) {
  const value = text ? Number(text) : NaN;
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise;
}

function one(text, possible) {
  return possible.includes(text) ? text : possible[0];
}

/** A # in an address begins something else: hex digits do without. */
function colour(text, otherwise) {
  const value = /^([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(text ?? "") ? `#${text}` : text;
  return value && COLOUR.test(value) ? value : otherwise;
}
