import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock, delayS } from "./clock.js";

test("the server's time is learned from a heartbeat, half its way back", () => {
  const clock = new ServerClock();
  assert.equal(clock.at(1000), 1000);
  clock.heard(500_100, 1000, 1200);
  assert.equal(clock.at(1200), 500_200);
});

test("an answer that took long teaches nothing that is known better already", () => {
  const clock = new ServerClock();
  clock.heard(500_010, 1000, 1020);
  clock.heard(509_000, 2000, 3000);
  clock.heard(0, 5000, 4000);
  assert.equal(clock.at(1010), 500_010);
});

test("a delay is in seconds, and nothing that cannot be one", () => {
  assert.equal(delayS(1000, 5500), 4.5);
  assert.equal(delayS(1000, 900), 0);
  assert.equal(delayS(1, 1_700_000_000_000), null);
});
