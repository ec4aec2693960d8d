// What the address of an overlay says. No DOM.

const COLOUR = /^(#[0-9a-f]{3,8}|[a-z]+)$/i;

/**
 * The options in the query: `language` (of the captions, default the floor), `size` (px), `lines`, `mode` (`steady` or
 * `fast`), `color`, `background` (colours by name, or hex with or without #), `edge` (`outline`, `box` or `none`),
 * `place` (`bottom` or `top`), `align` (`center`, `start`, `end`), `hide` (seconds after which a caption goes, 0 never),
 * `pin`, `debug`. What makes no sense is the default, or the nearest number, and its name is in `wrong`.
 */
export function optionsOf(query) {
  const given = new URLSearchParams(query);
  const wrong = [];
  const take = (name, otherwise, read) => {
    const text = given.get(name);
    const value = text ? read(text) : otherwise;
    if (value === null || (typeof value === "number" && text && value !== Number(text))) wrong.push(name);
    return value ?? otherwise;
  };
  const number = (name, otherwise, least, most) => take(name, otherwise, (text) => numberOf(text, least, most));
  const one = (name, possible) => take(name, possible[0], (text) => (possible.includes(text) ? text : null));
  return {
    language: given.get("language") ?? "",
    size: number("size", 48, 8, 400),
    lines: number("lines", 2, 1, 20),
    hideS: number("hide", 0, 0, 3600),
    mode: one("mode", ["steady", "fast"]),
    edge: one("edge", ["outline", "box", "none"]),
    place: one("place", ["bottom", "top"]),
    align: one("align", ["center", "start", "end"]),
    colour: take("color", "#ffffff", colourOf),
    background: take("background", "#000000", colourOf),
    pin: given.get("pin") ?? "",
    debug: given.has("debug"),
    wrong,
  };
}

function numberOf(text, least, most) {
  const value = Number(text);
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : null;
}

/** A # in an address begins something else: hex digits do without. */
function colourOf(text) {
  const value = /^([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(text) ? `#${text}` : text;
  return COLOUR.test(value) ? value : null;
}
