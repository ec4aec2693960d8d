import assert from "node:assert/strict";
import { test } from "node:test";

import { FRAME, Framer } from "./framer.js";

test("frames hold all samples, in order, whatever the blocks", () => {
  const framer = new Framer();
  const samples = Float32Array.from({ length: 3 * FRAME + 7 }, (_, n) => n / 32768);
  const frames = [];
  for (let at = 0; at < samples.length; at += 128) frames.push(...framer.process(samples.subarray(at, at + 128)));
  assert.deepEqual(frames.flatMap((frame) => [...frame]), Array.from({ length: 3 * FRAME }, (_, n) => n));
});

test("what is too loud is cut, not wrapped", () => {
  const framer = new Framer();
  const [frame] = framer.process(new Float32Array(FRAME).fill(1.5));
  assert.equal(frame[0], 32767);
  const [below] = framer.process(new Float32Array(FRAME).fill(-1.5));
  assert.equal(below[0], -32768);
});
