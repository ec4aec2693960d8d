import assert from "node:assert/strict";
import { test } from "node:test";

import { curve, HEIGHT, heightOf, topOf } from "./curve.js";

test("what is usual keeps its place, and what is higher is not cut", () => {
  assert.equal(topOf([null, 0, 1], 2), 3);
  assert.equal(topOf([0, 12], 2), 12);
  assert.deepEqual([heightOf(0, 4), heightOf(4, 4), heightOf(1, 4)], [HEIGHT, 0, 45]);
});

test("where nothing was known there is a gap", () => {
  const { line, area } = curve([0, 4, null, 2], 4);
  assert.equal(line, "M0 60L100 0M300 30");
  assert.equal(area, "M0 60L0 60L100 0L100 60ZM300 60L300 30L300 60Z");
  assert.deepEqual(curve([null, null], 4), { line: "", area: "" });
});
