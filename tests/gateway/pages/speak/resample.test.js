import assert from "node:assert/strict";
import { test } from "node:test";

import { Resampler } from "./resample.js";

const RATES = [8000, 22_050, 32_000, 44_100, 48_000, 96_000];
const tone = (hz, rate, seconds) => Float32Array.from({ length: rate * seconds }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rate));

/** In blocks of 128, as an AudioWorklet gets them. */
function resampled(input, rate, block = 128) {
  const resampler = new Resampler(rate);
  const output = [];
  for (let at = 0; at < input.length; at += block) output.push(...resampler.process(input.subarray(at, at + block)));
  return output;
}

const middle = (samples) => samples.slice(1600, -1600);
const level = (samples) => 10 * Math.log10((2 * samples.reduce((sum, x) => sum + x * x, 0)) / samples.length);

for (const rate of RATES) {
  test(`speech from ${rate} Hz keeps its level`, () => {
    for (const hz of [100, 1000, 3000]) assert.ok(Math.abs(level(middle(resampled(tone(hz, rate, 1), rate)))) < 0.5, `${hz} Hz`);
  });

  test(`from ${rate} Hz nothing drifts`, () => {
    const output = resampled(new Float32Array(rate * 30), rate);
    assert.ok(30 * 16_000 - output.length >= 0 && 30 * 16_000 - output.length < 100, `${output.length} samples`);
  });

  test(`from ${rate} Hz a sample stays where it was in time`, () => {
    const output = resampled(tone(1000, rate, 1), rate);
    const expected = tone(1000, 16_000, 1);
    for (const n of [4000, 8001, 12_345]) assert.ok(Math.abs(output[n] - expected[n]) < 0.02);
  });
}

test("what 16 kHz cannot hold is suppressed, not folded back", () => {
  for (const rate of [44_100, 48_000, 96_000]) {
    for (const hz of [8500, 10_000, 15_000]) {
      assert.ok(level(middle(resampled(tone(hz, rate, 1), rate))) < -50, `${hz} Hz from ${rate} Hz`);
    }
  }
});

test("blocks leave no seam", () => {
  for (const rate of [44_100, 48_000]) {
    const input = tone(440, rate, 1);
    assert.deepEqual(resampled(input, rate), resampled(input, rate, rate).slice(0, resampled(input, rate).length));
  }
});
