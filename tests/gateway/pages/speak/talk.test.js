import assert from "node:assert/strict";
import { test } from "node:test";

import { Talk } from "./talk.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const LOUD = new Int16Array(1600).fill(1000);

/** A talk and its only socket, which keeps what it was sent. */
async function talk(begin, clock = { ms: 0 }) {
  const sent = [];
  const socket = Object.assign(new EventTarget(), { send: (message) => sent.push(message), close() {} });
  socket.tell = (message) => socket.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  const around = { connect: () => socket, protocols: async () => [], later() {}, now: () => clock.ms };
  const here = new Talk(() => {}, () => {}, around);
  const began = begin(here);
  await settled();
  socket.dispatchEvent(new Event("open"));
  const frames = () => sent.filter((each) => typeof each !== "string").map((each) => new Int16Array(each.slice(16).buffer));
  const actions = () => sent.filter((each) => typeof each === "string").map((each) => JSON.parse(each));
  return { here, began, socket, frames, actions };
}

async function started(clock) {
  const all = await talk((here) => here.start({ sourceLanguage: "en" }), clock);
  all.socket.tell({ type: "sessionCreated", sessionId: "calm-otter-123", speakerToken: "secret", position: 0 });
  await all.began;
  return all;
}

test("in mute nothing of what is said leaves the device, and time runs on", async () => {
  const { here, frames } = await started();
  here.take(LOUD, 0);
  here.mute(true);
  here.take(LOUD, 100);
  assert.equal(here.seconds, 0.2);
  assert.ok(frames()[0].every((sample) => sample === 1000));
  const queued = here.take(LOUD, 200);
  assert.equal(queued, undefined);
});

test("in mute what follows the answer is silence", async () => {
  const { here, socket, frames, actions } = await started();
  here.mute(true);
  here.take(LOUD, 0);
  socket.tell({ type: "broadcastMuted", requestId: actions().at(-1).requestId });
  assert.ok(frames().at(-1).every((sample) => sample === 0));
});

test("in pause nothing is said, and time stands still", async () => {
  const { here, frames } = await started();
  here.pause(true);
  here.take(LOUD, 0);
  assert.equal(here.seconds, 0);
  assert.equal(frames().length, 0);
});

test("a word right after the end of a pause is said when the gateway knows that it is over", async () => {
  const { here, socket, frames, actions } = await started();
  here.pause(true);
  socket.tell({ type: "broadcastPaused", requestId: actions().at(-1).requestId });
  here.pause(false);
  here.take(LOUD, 0);
  assert.equal(frames().length, 0);
  socket.tell({ type: "broadcastResumed", requestId: actions().at(-1).requestId });
  assert.equal(frames().length, 1);
});

test("after a reload it goes on where it was, in the state in which it was", async () => {
  for (const state of ["live", "paused", "muted"]) {
    const { here, began, socket } = await talk((each) => each.goOn("calm-otter-123", "secret"));
    here.take(LOUD, 0);
    socket.tell({ type: "sessionResumed", sessionId: "calm-otter-123", position: 0, state });
    await began;
    here.take(LOUD, 0);
    assert.equal(here.seconds, state === "paused" ? 0 : 0.1);
    assert.equal(here.muted, state === "muted");
  }
});

test("after the end nothing more is said", async () => {
  const { here, frames } = await started();
  here.end();
  here.take(LOUD, 0);
  assert.equal(here.seconds, 0);
  assert.equal(frames().length, 0);
});

test("whoever speaks knows after two seconds that nothing is acknowledged, and at once where the device has no network", async () => {
  const clock = { ms: 0 };
  const { here, socket } = await started(clock);
  clock.ms = 60_000;
  assert.ok(here.answers(true)); // nothing was asked, and nothing waits
  here.probe();
  clock.ms += 1100;
  assert.ok(here.answers());
  assert.ok(!here.answers(true));
  clock.ms += 1000;
  assert.ok(!here.answers());
  socket.tell({ type: "heartbeatAck", serverTime: 1 });
  assert.ok(here.answers(true));
  for (let n = 0; n < 20; n += 1) here.take(LOUD, n * 100);
  clock.ms += 2100;
  assert.ok(!here.answers());
  socket.tell({ type: "audioAccepted", position: 32_000 });
  clock.ms += 5000;
  assert.ok(here.answers());
});

test("whether captions are hidden is what the gateway said last, whoever did it", async () => {
  const { here, socket } = await started();
  const told = [{ type: "captionsHidden" }, { type: "captionsShown" }, { type: "speakerState", state: "live", hidden: true }, { type: "caption" }, { type: "speakerState", state: "live" }];
  const seen = told.map((message) => (socket.tell(message), [here.hidden, here.wantsHidden]));
  assert.deepEqual(seen, [true, false, true, true, false].map((hidden) => [hidden, hidden]));
});

test("after every loss it is what the session resumed with", async () => {
  const { here, began, socket } = await talk((each) => each.goOn("calm-otter-123", "secret"));
  const resumes = (hidden) => socket.tell({ type: "sessionResumed", sessionId: "calm-otter-123", position: 0, state: "live", hidden });
  resumes(true);
  await began;
  assert.equal(here.hidden, true);
  socket.dispatchEvent(Object.assign(new Event("close"), { code: 1006 }));
  here.hurry();
  await settled();
  resumes(false);
  assert.equal(here.hidden, false);
});

test("a wish to hide shows at once, and can be taken back; a refusal takes it away", async () => {
  const { here, socket, actions } = await started();
  here.hide(true);
  assert.deepEqual([here.wantsHidden, here.hidden], [true, false]);
  here.hide(false);
  assert.equal(here.wantsHidden, false);
  here.hide(true);
  socket.tell({ type: "error", code: "unavailable", message: "Not now.", retryable: true });
  assert.equal(here.wantsHidden, true, "an error about something else");
  socket.tell({ type: "error", code: "unavailable", message: "Not now.", retryable: true, requestId: actions().at(-1).requestId });
  assert.deepEqual([here.wantsHidden, here.hidden], [false, false]);
});
