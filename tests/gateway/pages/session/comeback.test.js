import assert from "node:assert/strict";
import { test } from "node:test";

import { Comeback, finality, lossOf } from "./comeback.js";

test("pauses grow to some seconds, and begin anew once it worked", () => {
  const comeback = new Comeback(() => 0.5);
  const pauses = Array.from({ length: 7 }, () => comeback.pauseMs(1006));
  assert.deepEqual(pauses, [250, 500, 1000, 2000, 4000, 5000, 5000]);
  comeback.worked();
  assert.equal(comeback.pauseMs(1006), 250);
});

test("a gateway that goes away is left for another one at once, but only once", () => {
  const comeback = new Comeback(() => 0.5);
  assert.equal(comeback.pauseMs(1012), 0);
  assert.ok(comeback.pauseMs(1012) > 0);
});

test("no pause is shorter than the server asked for", () => {
  assert.ok(new Comeback(() => 0).pauseMs(1000, { leastMs: 30_000 }) >= 30_000);
  assert.ok(new Comeback(() => 0).pauseMs(4029) >= 5000);
  assert.ok(new Comeback(() => 0).pauseMs(1001, { leaving: true, leastMs: 100 }) >= 100);
});

test("what is final is called by its name, and a busy server is not a lost one", () => {
  assert.deepEqual([1007, 1009, 4001, 4003, 4009].map(finality), ["refused", "refused", "refused", "forbidden", "replaced"]);
  assert.deepEqual([1006, 1011, 4008, 4029].map(finality), Array(4).fill(undefined));
  assert.deepEqual([4008, 4029].map(lossOf), ["lost", "busy"]);
});
