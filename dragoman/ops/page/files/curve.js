// A small curve of the last minutes, as the `d` of SVG paths. No DOM.

export const WIDTH = 300;
export const HEIGHT = 60;

/** The figure at the upper edge: what is usual keeps its place, and a higher one is not cut. */
export function topOf(points, limit) {
  return Math.max(limit * 1.5, ...points.filter((point) => point !== null));
}

/** From the upper edge. */
export function heightOf(value, top) {
  return round(HEIGHT - (value / top) * HEIGHT);
}

/** `{line, area}`; where nothing was known there is a gap. */
export function curve(points, top) {
  const step = WIDTH / Math.max(points.length - 1, 1);
  const pieces = [];
  let piece = null;
  points.forEach((point, place) => {
    if (point === null) piece = null;
    else {
      if (!piece) pieces.push((piece = []));
      piece.push([round(place * step), heightOf(point, top)]);
    }
  });
  return {
    line: pieces.map((each) => `M${each.map(([x, y]) => `${x} ${y}`).join("L")}`).join(""),
    area: pieces.map((each) => `M${each[0][0]} ${HEIGHT}L${each.map(([x, y]) => `${x} ${y}`).join("L")}L${each.at(-1)[0]} ${HEIGHT}Z`).join(""),
  };
}

function round(number) {
  return Math.round(number * 10) / 10;
}
