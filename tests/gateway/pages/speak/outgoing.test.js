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
  assert.deepEqual(sent(outgoing), []); // the second before it is still on its way to the log
  outgoing.take({ type: "audioAccepted", position: 1600 });
  assert.deepEqual(sent(outgoing), [1600, 3200]);
});

test("after a refusal one frame asks whether there is room again, not all of them", () => {
  const { outgoing, clock } = queue(5);
  sent(outgoing);
  for (let n = 0; n < 3; n += 1) {
    outgoing.take({ type: "error", code: "unavailable", position: 0 });
    clock.ms += 500;
    assert.deepEqual(sent(outgoing), [0]);
  }
  outgoing.take({ type: "audioAccepted", position: 1600 });
  assert.equal(sent(outgoing).length, 4);
});

test("audio that is called bad goes again from the position in the error: it may have stood at the wrong place", () => {
  const { outgoing, clock } = queue(5);
  sent(outgoing);
  for (let n = 0; n < 5; n += 1) outgoing.take({ type: "error", code: "bad-audio", position: 1600, message: "no" });
  clock.ms = 500;
  outgoing.take({ type: "audioAccepted", position: 1600 });
  assert.deepEqual(sent(outgoing), [1600, 3200, 4800, 6400]);
});

test("audio that is refused for good ends it", () => {
  const { outgoing, clock } = queue(1);
  const refuse = () => outgoing.take({ type: "error", code: "bad-audio", position: 0, message: "no" });
  for (let n = 0; n < 3; n += 1) {
    sent(outgoing);
    refuse();
    clock.ms += 500;
  }
  sent(outgoing);
  assert.throws(refuse, { code: "bad-audio" });
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

test("an action before which all was dropped goes before what was said after it", () => {
  const { outgoing } = queue(1);
  sent(outgoing);
  for (let n = 0; n < 100; n += 1) outgoing.buffer.add(new Int16Array(1600), n * 100);
  outgoing.ask(PAUSE);
  for (let n = 0; n < 600; n += 1) outgoing.buffer.add(new Int16Array(1600), n * 100);
  outgoing.take({ type: "audioAccepted", position: 1600 });
  assert.deepEqual(sent(outgoing), ["controlBroadcast"]);
});

/** A gateway that takes audio as the protocol says, while its log or the network is away or back. */
class FarGateway {
  received = 0;
  gaps = 0;
  #waiting = 0;

  take({ position, pcm }) {
    if (position - this.received > 60 * 16_000) return { type: "error", code: "bad-audio", position: this.received, message: "" };
    if (this.#waiting + pcm.length > 70 * 16_000) return { type: "error", code: "unavailable", position: this.received };
    this.#waiting += pcm.length;
    this.gaps += position - this.received;
    this.received = position + pcm.length;
    return null;
  }

  /** The log takes all that waits. */
  flush() {
    this.#waiting = 0;
    return { type: "audioAccepted", position: this.received };
  }
}

for (const away of ["log", "network"]) {
  for (const seconds of [30, 65, 95, 180, 600]) {
    test(`after ${seconds} s without ${away} the speaker goes on, and knows what is lost`, () => {
      const { outgoing, clock } = queue(0);
      const gateway = new FarGateway();
      const speak = (frames, { connected = true, log = true }) => {
        for (let n = 0; n < frames; n += 1) {
          clock.ms += 100;
          outgoing.buffer.add(new Int16Array(1600), clock.ms);
          for (let next = connected && outgoing.next(); next; next = outgoing.next()) {
            const refusal = gateway.take(next.frame);
            if (refusal) outgoing.take(refusal);
          }
          if (connected && log) outgoing.take(gateway.flush());
        }
      };
      speak(100, {});
      speak(seconds * 10, { connected: away === "log", log: false });
      if (away === "network") outgoing.resumed(gateway.received);
      speak(300, {});
      const { lost, acknowledged, until } = outgoing.buffer;
      assert.equal(acknowledged, until);
      assert.equal(gateway.received, until);
      assert.equal(gateway.received - gateway.gaps + lost, (40 + seconds) * 16_000);
      assert.equal(lost > 0, seconds > (away === "log" ? 130 : 60));
      assert.equal(gateway.gaps, Math.min(lost, 60 * 16_000));
    });
  }
}
