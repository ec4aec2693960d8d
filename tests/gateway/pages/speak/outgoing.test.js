import assert from "node:assert/strict";
import { test } from "node:test";

import { Outgoing } from "./outgoing.js";

const PAUSE = { action: "controlBroadcast", controlAction: "pause" };
const END = { action: "endSession" };

/** A queue whose clock is the test's, with so many frames in it. */
function queue(frames) {
  const clock = { ms: 0 };
  const outgoing = new Outgoing(() => clock.ms);
  for (let n = 0; n < frames; n += 1) outgoing.buffer.add(new Int16Array(1600), n * 100);
  return { outgoing, clock };
}

function sent(outgoing) {
  const all = [];
  for (let next = outgoing.next(); next; next = outgoing.next()) all.push(next.frame?.position ?? next.action.action);
  return all;
}

test("an action goes when all that was said before it is durable, and what is said after it waits for the answer", async () => {
  const { outgoing } = queue(2);
  const answer = outgoing.ask(PAUSE);
  outgoing.buffer.add(new Int16Array(1600), 200);
  assert.deepEqual(sent(outgoing), [0, 1600]);
  outgoing.take({ type: "audioAccepted", position: 3200 });
  assert.deepEqual(sent(outgoing), ["controlBroadcast"]);
  outgoing.take({ type: "broadcastPaused", requestId: "s1" });
  assert.equal((await answer).type, "broadcastPaused");
  assert.deepEqual(sent(outgoing), [3200]);
});

test("an action whose answer was lost with the socket is said again", async () => {
  const { outgoing } = queue(0);
  const answer = outgoing.ask(PAUSE);
  sent(outgoing);
  outgoing.lost();
  outgoing.resumed(0);
  assert.deepEqual(sent(outgoing), ["controlBroadcast"]);
  outgoing.take({ type: "broadcastPaused", requestId: "s2" });
  await answer;
});

test("no more than twenty seconds are on the wire unacknowledged", () => {
  const { outgoing } = queue(300);
  assert.equal(sent(outgoing).length, 200);
  outgoing.take({ type: "audioAccepted", position: 1600 });
  assert.equal(sent(outgoing).length, 1);
});

test("audio that was refused for now goes again from the position in the error, a little later", () => {
  const { outgoing, clock } = queue(3);
  sent(outgoing);
  outgoing.take({ type: "error", code: "too-fast", position: 1600, retryAfterMs: 700 });
  assert.deepEqual(sent(outgoing), []);
  assert.equal(outgoing.wait, 700);
  clock.ms = 700;
  assert.deepEqual(sent(outgoing), [1600, 3200]);
});

test("audio that is refused for good ends it", () => {
  const { outgoing } = queue(1);
  assert.throws(() => outgoing.take({ type: "error", code: "bad-audio", position: 0, message: "no" }), { code: "bad-audio" });
});

test("an action that is refused for now is said again; one that is refused for good is told", async () => {
  const { outgoing, clock } = queue(0);
  const answer = outgoing.ask(PAUSE);
  sent(outgoing);
  outgoing.take({ type: "error", requestId: "s1", code: "unavailable", retryable: true });
  assert.deepEqual(sent(outgoing), []);
  clock.ms = 500;
  assert.deepEqual(sent(outgoing), ["controlBroadcast"]);
  outgoing.take({ type: "error", requestId: "s2", code: "forbidden", message: "no", retryable: false });
  await assert.rejects(answer, { code: "forbidden" });
});

test("an end whose answer was lost is an end, also when the session has ended meanwhile", async () => {
  for (const outcome of ["error", "finish"]) {
    const { outgoing } = queue(0);
    const answer = outgoing.ask(END);
    sent(outgoing);
    if (outcome === "error") outgoing.take({ type: "error", requestId: "s1", code: "session-ended", retryable: false });
    else outgoing.finish();
    await answer;
    assert.ok(outgoing.ended);
  }
});

test("after a long absence actions stay at their place between the words", () => {
  const { outgoing } = queue(0);
  for (let n = 0; n < 1500; n += 1) outgoing.buffer.add(new Int16Array(1600), n * 100);
  outgoing.ask(PAUSE);
  outgoing.resumed(0);
  const positions = [];
  for (let at = 0; at < 600; at += 200) {
    positions.push(...sent(outgoing));
    outgoing.take({ type: "audioAccepted", position: positions.at(-1) + 1600 });
  }
  assert.equal(positions.length, 600);
  assert.deepEqual(sent(outgoing), ["controlBroadcast"]);
});
