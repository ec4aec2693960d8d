import assert from "node:assert/strict";
import { test } from "node:test";

import { fetched } from "./fetched.js";

test("a server that does not answer is given up after a while", async (context) => {
  const limits = [];
  context.mock.method(AbortSignal, "timeout", (ms) => limits.push(ms) && new AbortController().signal);
  context.mock.method(globalThis, "fetch", async (path, { method, signal }) => `${method} ${path} ${signal instanceof AbortSignal}`);
  assert.equal(await fetched("/api/languages", { method: "GET" }), "GET /api/languages true");
  assert.deepEqual(limits, [10_000]);
});
