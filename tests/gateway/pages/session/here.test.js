import assert from "node:assert/strict";
import { test } from "node:test";

import { duration } from "./here.js";

test("how long something is kept is said in hours, or in whole days", () => {
  assert.equal(duration(24, "en"), "24 hours");
  assert.equal(duration(168, "en"), "7 days");
  assert.equal(duration(1, "de"), "1 Stunde");
  assert.equal(duration(0.5, "en"), "0.5 hours");
  assert.match(duration(50, "fr"), /^50\sheures$/);
});
