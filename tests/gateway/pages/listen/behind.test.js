import assert from "node:assert/strict";
import { test } from "node:test";

import { Behind } from "./behind.js";

test("the jump to live is offered in a pause, and after it until the delay that it left is caught up", () => {
  const behind = new Behind();
  assert.equal(behind.offered(false, 11), false);
  behind.paused();
  assert.equal(behind.offered(true, 0), true);
  assert.deepEqual([11, 4, 3, 11].map((waitingS) => behind.offered(false, waitingS)), [true, true, false, false]);
});

test("whoever is far behind is offered it without a pause, too", () => {
  assert.equal(new Behind().offered(false, 13), true);
});
