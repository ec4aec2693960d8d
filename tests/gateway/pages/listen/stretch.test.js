import assert from "node:assert/strict";
import { test } from "node:test";

import { faster } from "./stretch.js";

const RATE = 48_000;
const tone = (hz, seconds) => Float32Array.from({ length: RATE * seconds }, (_, n) => Math.sin((2 * Math.PI * hz * n) / RATE));
const crossings = (samples) => samples.slice(1).reduce((sum, value, n) => sum + (samples[n] < 0 && value >= 0 ? 1 : 0), 0);
const steepest = (samples) => samples.reduce((most, value, n) => (n ? Math.max(most, Math.abs(value - samples[n - 1])) : 0), 0);

for (const hz of [110, 220, 333]) {
  test(`a voice of ${hz} Hz gets faster and keeps its pitch`, () => {
    const before = tone(hz, 3);
    const after = faster(before, 1.15, RATE);
    assert.ok(Math.abs(before.length / after.length - 1.15) < 0.01, after.length);
    assert.ok(Math.abs(crossings(after) / (after.length / RATE) / hz - 1) < 0.01);
    assert.ok(steepest(after) < 2 * steepest(before), "nothing clicks");
  });
}

test("parts that touch still do, and what is very short stays as it is", () => {
  const before = tone(220, 1);
  const after = faster(before, 1.15, RATE);
  assert.deepEqual([after[0], after.at(-1)], [before[0], before.at(-1)]);
  assert.deepEqual(faster(before.slice(0, 500), 1.15, RATE), before.slice(0, 500));
  assert.equal(faster(before, 1, RATE).length, before.length);
});
