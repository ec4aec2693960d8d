import assert from "node:assert/strict";
import { test } from "node:test";

import { Captions, folded } from "./captions.js";

const caption = (segment, revision, final = false) => ({ segment, revision, final, text: `${segment}.${revision}` });

function shown(...taken) {
  const captions = new Captions();
  for (const each of taken) captions.take(each);
  return captions.list().map(({ text }) => text);
}

test("captions are in order of speech, not of arrival", () => {
  assert.deepEqual(shown(caption(32000, 0, true), caption(0, 0, true), caption(16000, 0, true)), ["0.0", "16000.0", "32000.0"]);
});

test("a newer revision replaces an older one, never the other way", () => {
  assert.deepEqual(shown(caption(0, 0), caption(0, 2), caption(0, 1)), ["0.2"]);
});

test("after a final only a higher final counts", () => {
  assert.deepEqual(shown(caption(0, 3, true), caption(0, 9)), ["0.3"]);
  assert.deepEqual(shown(caption(0, 9), caption(0, 3, true)), ["0.3"]);
  assert.deepEqual(shown(caption(0, 3, true), caption(0, 4, true)), ["0.4"]);
});

test("a final removes partials of earlier segments, and later ones of these come too late", () => {
  assert.deepEqual(shown(caption(8000, 0), caption(16000, 0, true), caption(4000, 0)), ["16000.0"]);
});

test("what is filled late takes the place of the hole, its other parts stand between", () => {
  const tile = (segment, revision) => ({ ...caption(segment, revision, true), revised: true });
  const taken = [caption(0, 9, true), caption(16000, 9, true), caption(32000, 0), tile(20000, 12), tile(16000, 11), tile(16000, 10)];
  assert.deepEqual(shown(...taken), ["0.9", "16000.11", "20000.12", "32000.0"]);
});

test("the oldest go when there are too many, but none while someone reads them", () => {
  const captions = new Captions();
  const take = (first, last) => {
    for (let n = first; n < last; n += 1) captions.take(caption(n * 16000, 0, true));
  };
  take(0, 501);
  assert.deepEqual([captions.list().length, captions.list()[0].segment], [500, 16000]);
  captions.held = true;
  take(501, 700);
  assert.equal(captions.list()[0].segment, 16000);
  captions.held = false;
  take(700, 701);
  assert.deepEqual([captions.list().length, captions.list().at(-1).segment], [500, 700 * 16000]);
});

test("neighbours that are missing for the same reason are one hole", () => {
  const hole = (segment, reason) => ({ segment, outcome: "skipped", reason });
  const list = [hole(0, "no-audience"), hole(1, "no-audience"), { segment: 2, text: "a" }, hole(3, "no-audience"), hole(4, "deadline"), hole(5, "deadline")];
  assert.deepEqual(folded(list).map(({ segment }) => segment), [0, 2, 3, 4]);
});
