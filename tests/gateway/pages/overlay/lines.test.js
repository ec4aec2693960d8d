import assert from "node:assert/strict";
import { test } from "node:test";

import { Lines } from "./lines.js";

const caption = (segment, text, members = {}) => ({ segment, text, final: true, revision: 1, outcome: "ok", ...members });
const texts = (lines, now = 0) => lines.list(now).map(({ text }) => text);

test("only the last captions are shown, a hole is none", () => {
  const lines = new Lines(2, 0);
  for (const [segment, text] of [[1, "a"], [2, "b"], [3, "c"], [4, ""]]) lines.take(caption(segment, text), 0);
  assert.deepEqual(texts(lines), ["b", "c"]);
});

test("a revision takes the place of what it revises", () => {
  const lines = new Lines(2, 0);
  lines.take(caption(1, "a", { final: false }), 0);
  lines.take(caption(1, "ab", { final: false, revision: 2 }), 0);
  lines.take(caption(1, "a", { final: false }), 0);
  assert.deepEqual(texts(lines), ["ab"]);
});

test("what is revised after its time is not shown on air", () => {
  const lines = new Lines(2, 0);
  lines.take(caption(1, ""), 0);
  lines.take(caption(2, "b"), 0);
  lines.take(caption(1, "a", { revised: true, revision: 2 }), 0);
  assert.deepEqual(texts(lines), ["b"]);
});

test("a caption goes when its time is over, and older ones do not come back", () => {
  const lines = new Lines(1, 5000);
  lines.take(caption(1, "a"), 4000);
  lines.take(caption(2, "b"), 1000);
  assert.deepEqual(texts(lines, 5999), ["b"]);
  assert.deepEqual(texts(lines, 6000), []);
});

test("what is withdrawn goes while it is shown, and what is corrected then changes", () => {
  const lines = new Lines(2, 5000);
  lines.take(caption(1, "a"), 0);
  lines.take(caption(2, "b"), 1000);
  lines.take(caption(1, "", { revised: true, revision: 2, outcome: "withdrawn" }), 2000);
  lines.take(caption(2, "B", { revised: true, revision: 2 }), 2000);
  assert.deepEqual(lines.list(2000).map(({ text, corrected }) => [text, corrected]), [["B", true]]);
  assert.deepEqual(texts(lines, 6000), []);
});

test("what is withdrawn off screen stays away, and nothing older comes back for what goes", () => {
  const lines = new Lines(2, 0);
  const withdraw = (segment) => lines.take(caption(segment, "", { revised: true, revision: 2, outcome: "withdrawn" }), 0);
  for (const [segment, text] of [[1, "a"], [2, "b"], [3, "c"], [4, "d"]]) lines.take(caption(segment, text), 0);
  withdraw(1);
  withdraw(4);
  assert.deepEqual(texts(lines), ["c"]);
  lines.take(caption(2, "B", { revised: true, revision: 2 }), 0);
  lines.take(caption(5, "e"), 0);
  assert.deepEqual(texts(lines), ["c", "e"]);
  lines.clear();
  lines.take(caption(1, "of another session"), 0);
  assert.deepEqual(texts(lines), ["of another session"]);
});

test("an older caption that comes late has its line as long as one is free", () => {
  const lines = new Lines(2, 0);
  for (const [segment, text] of [[2, "b"], [1, "a"], [0, "z"]]) lines.take(caption(segment, text), 0);
  assert.deepEqual(texts(lines), ["a", "b"]);
});

test("what is withdrawn before it came is not shown when it comes", () => {
  const lines = new Lines(2, 0);
  lines.take(caption(1, "", { revised: true, revision: 9, outcome: "withdrawn" }), 0);
  lines.take(caption(1, "a"), 0);
  assert.deepEqual(texts(lines), []);
});
