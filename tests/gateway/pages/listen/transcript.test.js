import assert from "node:assert/strict";
import { test } from "node:test";

import { headersFor } from "./transcript.js";

test("a reader shows what they have: a PIN in any script, a credential, or nothing", () => {
  assert.deepEqual(headersFor("Ölpest", null), { "X-Dragoman-Pin": "%C3%96lpest" });
  assert.deepEqual(headersFor("", "a.b.c"), { Authorization: "Bearer a.b.c" });
  assert.deepEqual(headersFor("", undefined), {});
});
