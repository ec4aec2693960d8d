import assert from "node:assert/strict";
import { test } from "node:test";

import { waitBeforeReturn } from "./returning.js";

test("the table of close codes says whether and when to come back", () => {
  for (const code of [1007, 1009, 4001, 4009, 4010]) assert.equal(waitBeforeReturn(code, 0), null);
  for (const code of [1001, 1012, 4003]) assert.equal(waitBeforeReturn(code, 0), 0);
  for (const code of [1006, 1011, 4008, 1000]) assert.ok(waitBeforeReturn(code, 0) > 0);
  assert.ok(waitBeforeReturn(4029, 0) >= 5000);
});

test("pauses grow up to five seconds, and chance spreads them", () => {
  assert.equal(waitBeforeReturn(1006, 0, 0), 125);
  assert.equal(waitBeforeReturn(1006, 0, 1), 250);
  assert.equal(waitBeforeReturn(1006, 3, 1), 2000);
  assert.equal(waitBeforeReturn(1001, 20, 1), 5000);
});

test("tickets that are refused again and again are not the answer", () => {
  assert.ok(waitBeforeReturn(4003, 2) > 0);
  assert.equal(waitBeforeReturn(4003, 3), null);
});
