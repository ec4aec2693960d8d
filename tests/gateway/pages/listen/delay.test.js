import assert from "node:assert/strict";
import { test } from "node:test";

import { Delay } from "./delay.js";

const final = (segment, members = {}) => ({ segment, final: true, outcome: "ok", ...members });

test("what was read last says how late it came, until nothing new came for a while", () => {
  const delay = new Delay();
  assert.equal(delay.seconds(0), null);
  delay.read(final(1), 3, 1000);
  assert.equal(delay.seconds(10_900), 3);
  assert.equal(delay.seconds(11_000), null);
});

test("only new words count: no partial, no hole, no better wording of older ones", () => {
  const delay = new Delay();
  delay.read(final(5), 3, 0);
  delay.read({ segment: 6, final: false }, 9, 1);
  delay.read(final(6, { outcome: "skipped" }), 9, 1);
  delay.read(final(5), 9, 1);
  delay.read(final(4), 9, 1);
  assert.equal(delay.seconds(2), 3);
});

test("speech that is heard tells it before what is read, and nothing once it is silent", () => {
  const delay = new Delay();
  delay.read(final(1), 3, 0);
  delay.heard(8, 500);
  assert.equal(delay.seconds(600), 8);
  delay.quiet();
  assert.equal(delay.seconds(600), 3);
});

test("another language begins anew", () => {
  const delay = new Delay();
  delay.read(final(5), 3, 0);
  delay.clear();
  assert.equal(delay.seconds(1), null);
  delay.read(final(2), 4, 1);
  assert.equal(delay.seconds(2), 4);
});

test("that no caption comes is said after a while, later where whole sentences are waited for", () => {
  const delay = new Delay();
  delay.expectsNothing(0);
  assert.deepEqual([11_999, 12_500].map((now) => delay.withoutS(now, "fast")), [null, 12.5]);
  assert.deepEqual([19_999, 20_000].map((now) => delay.withoutS(now, "steady")), [null, 20]);
  delay.read({ segment: 6, final: false }, 1, 13_000);
  assert.equal(delay.withoutS(14_000, "fast"), null, "a partial is one, too");
  delay.clear();
  assert.deepEqual([100_000, 112_000].map((now) => delay.withoutS(now, "fast")), [null, 12], "another language begins anew");
});
