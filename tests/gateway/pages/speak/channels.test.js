import assert from "node:assert/strict";
import { test } from "node:test";

import { Channels } from "./channels.js";

const RATE = 16_000;
const BLOCK = 128;
/** A voice, more or less: a tone that comes and goes. */
const voice = Float32Array.from({ length: 3 * RATE }, (_, n) => 0.3 * Math.sin(n / 5) * (Math.floor(n / 4000) % 2));
const other = Float32Array.from({ length: 3 * RATE }, (_, n) => 0.3 * Math.sin(n / 3.3) * (Math.floor(n / 3000) % 2));
const times = (factor) => voice.map((sample) => sample * factor);
const level = (samples) => Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);

/** What becomes of the last second, and whether channels cancel each other out. */
function heard(...channels) {
  const one = new Channels(RATE);
  const out = [];
  for (let at = 0; at + BLOCK <= voice.length; at += BLOCK) out.push(...one.process(channels.map((each) => each.subarray(at, at + BLOCK))));
  return { level: level(out.slice(-RATE)) / level(voice.slice(-RATE)), cancelled: one.cancelled };
}

const near = (found, wanted) => assert.ok(Math.abs(found - wanted) < 0.02, `${found}`);

test("a voice is as loud as it was: alone, in both channels, or in one of them", () => {
  for (const channels of [[voice], [voice, voice], [voice, times(0)], [times(0.001), voice], [times(0), voice, times(0.01), times(0)]]) {
    const { level: found, cancelled } = heard(...channels);
    near(found, 1);
    assert.equal(cancelled, false);
  }
});

test("of channels that cancel each other out one is taken, and that is known", () => {
  for (const channels of [[voice, times(-1)], [times(-0.8), voice]]) {
    const { level: found, cancelled } = heard(...channels);
    near(found, 1);
    assert.equal(cancelled, true);
  }
});

test("two people at two microphones are both heard", () => {
  const { level: found, cancelled } = heard(voice, other);
  assert.ok(found > 0.5);
  assert.equal(cancelled, false);
});

test("silence decides nothing", () => assert.equal(heard(times(0), times(0)).cancelled, false));
