import assert from "node:assert/strict";
import { test } from "node:test";

import { promises } from "./promise.js";

test("only what is true is promised", () => {
  assert.deepEqual(promises("guests", true, true), ["promiseAccount", "promiseSound", "promiseScreen"]);
  assert.deepEqual(promises("pin", false, false), ["promiseAccount", "promiseRead"]);
  assert.deepEqual(promises("signed-in", true, false), ["promiseSound"]);
});
