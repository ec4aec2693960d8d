import assert from "node:assert/strict";
import { test } from "node:test";

import { Voice, decibels, percent } from "./level.js";

const tone = (peak) => Int16Array.from({ length: 1600 }, (_, n) => Math.round(peak * Math.sin(n / 5)));
const judged = (...peaks) => {
  const voice = new Voice();
  return peaks.map((peak) => voice.take(tone(peak))).at(-1);
};

test("the bar is empty in silence and full at full scale", () => {
  assert.equal(percent(decibels(new Int16Array(1600))), 0);
  assert.equal(percent(decibels(new Int16Array(1600).fill(32767))), 100);
  assert.equal(percent(-30), 50);
});

test("a voice is silent, quiet, good or loud; a pause between words changes nothing", () => {
  assert.equal(judged(0), "silent");
  assert.equal(judged(300), "quiet");
  assert.equal(judged(8000, 0, 0, 0), "good");
  assert.equal(judged(32767, 32767, 32767), "loud");
});

test("what was two seconds ago is forgotten", () => {
  assert.equal(judged(8000, ...Array(20).fill(0)), "silent");
});
