import assert from "node:assert/strict";
import { test } from "node:test";

import { Captions } from "./captions.js";

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

test("the oldest go when there are too many", () => {
  const many = Array.from({ length: 201 }, (_, n) => caption(n * 16000, 0, true));
  const left = shown(...many);
  assert.equal(left.length, 200);
  assert.equal(left[0], "16000.0");
});
