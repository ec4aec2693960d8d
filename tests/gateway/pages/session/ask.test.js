import assert from "node:assert/strict";
import { test } from "node:test";

import { BusyError, ask } from "./ask.js";

test("a server that does not answer is given up after a while", async (context) => {
  const limits = [];
  context.mock.method(AbortSignal, "timeout", (ms) => limits.push(ms) && new AbortController().signal);
  const answer = { status: 200 };
  context.mock.method(globalThis, "fetch", async (path, { method, signal }) => ({ ...answer, said: `${method} ${path} ${signal instanceof AbortSignal}` }));
  assert.equal((await ask("/api/languages", { method: "GET" })).said, "GET /api/languages true");
  assert.deepEqual(limits, [10_000]);
});

test("a server that is too busy says how long to wait", async (context) => {
  const headers = new Map([["Retry-After", "7"]]);
  context.mock.method(globalThis, "fetch", async () => ({ status: 429, headers }));
  await assert.rejects(ask("/api/tickets"), (error) => error instanceof BusyError && error.seconds === 7);
});
