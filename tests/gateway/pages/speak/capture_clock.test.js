import assert from "node:assert/strict";
import { test } from "node:test";

import { CaptureClock } from "./capture_clock.js";

test("a frame that arrives late was not captured late", () => {
  const clock = new CaptureClock();
  assert.equal(clock.take(1600, 1000), 900);
  assert.equal(clock.take(1600, 1180), 1001); // 80 ms late: 1 ms of it is believed
  assert.ok(Math.abs(clock.take(1600, 1200) - 1100) <= 1);
});

test("after a device stood still time goes on where it is", () => {
  const clock = new CaptureClock();
  clock.take(1600, 1000);
  assert.equal(clock.take(1600, 60_100), 60_000);
});

test("a device whose clock is slow is followed", () => {
  const clock = new CaptureClock();
  let captured = 0;
  for (let n = 1; n <= 36_000; n += 1) captured = clock.take(1600, n * 100.01);
  assert.ok(Math.abs(captured - (36_000 * 100.01 - 100)) <= 2);
});
