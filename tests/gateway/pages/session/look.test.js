import assert from "node:assert/strict";
import { test } from "node:test";

import { BusyError } from "./ask.js";
import { lookUntilAnswered } from "./look.js";

const answer = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers });

/** What is found where the server gives these answers one after the other, with the pauses and the troubles on the way. */
async function found(...answers) {
  const [pauses, troubles, asked] = [[], [], []];
  globalThis.fetch = async (url, { signal }) => {
    asked.push([url, signal instanceof AbortSignal]);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const last = await lookUntilAnswered("calm otter", (error) => troubles.push(error), async (ms) => pauses.push(ms));
  return { last, pauses, troubles, asked };
}

test("a server that says nothing or is away is asked again, and no answer is waited for without end", async () => {
  const { last, pauses, asked } = await found(new DOMException("", "TimeoutError"), answer(503, {}), answer(200, { state: "live" }));
  assert.deepEqual(last, { found: true, answer: { state: "live" } });
  assert.deepEqual(pauses, [3000, 3000]);
  assert.deepEqual(asked, Array(3).fill(["/api/sessions/calm%20otter", true]));
});

test("a server that asks for a pause is given it, and that is said", async () => {
  const { pauses, troubles } = await found(answer(429, {}, { "Retry-After": "17" }), answer(200, {}));
  assert.deepEqual(pauses, [17_000]);
  assert.ok(troubles[0] instanceof BusyError);
  assert.equal(troubles[0].seconds, 17);
});

test("a session that is not there is an answer, too", async () => {
  assert.deepEqual((await found(answer(404, { code: "session-not-found" }))).last, { found: false, answer: { code: "session-not-found" } });
});
