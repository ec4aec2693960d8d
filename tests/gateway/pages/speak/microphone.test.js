import assert from "node:assert/strict";
import { test } from "node:test";

import { Microphone } from "./microphone.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A microphone in a browser that is the test: `answers` are what getUserMedia does next, `pass` lets time go by. */
function phone() {
  const clock = { ms: 0 };
  const nodes = [];
  const asked = [];
  const troubles = [];
  let look;
  const devices = Object.assign(new EventTarget(), {
    getUserMedia: () => new Promise((gives, rejects) => asked.push({ gives: () => gives(stream()), rejects })),
  });
  const stream = () => {
    const track = Object.assign(new EventTarget(), { stop() {}, getSettings: () => ({}) });
    return { getTracks: () => [track], getAudioTracks: () => [track], track };
  };
  class Context extends EventTarget {
    audioWorklet = { addModule: async () => {} };
    createMediaStreamSource = () => ({ connect: (node) => node });
    resume() {}
    close() {}
  }
  class Node {
    port = {};
    constructor() { nodes.push(this); }
    connect() {}
  }
  for (const [name, value] of Object.entries({
    navigator: { mediaDevices: devices }, performance: { now: () => clock.ms }, AudioContext: Context, AudioWorkletNode: Node,
    setInterval: (next) => (look = next),
  })) Object.defineProperty(globalThis, name, { value, configurable: true });
  const microphone = new Microphone(() => {}, (trouble) => troubles.push(trouble), () => {});
  const frame = () => nodes.at(-1).port.onmessage({ data: new Int16Array(1600) });
  async function pass(ms) {
    for (const until = clock.ms + ms; clock.ms < until; clock.ms += 500) {
      look();
      await settled();
    }
  }
  return { microphone, asked, troubles, frame, pass };
}

test("a microphone that a call took is tried until it opens, however often the system refuses", async () => {
  const { microphone, asked, troubles, frame, pass } = phone();
  const opened = microphone.open({});
  asked[0].gives();
  await opened;
  frame();
  microphone.watched = true;
  for (let n = 1; n <= 3; n += 1) {
    await pass(5000);
    assert.equal(asked.length, n + 1, "no second question while one is open");
    await pass(20_000);
    assert.equal(asked.length, n + 1);
    asked[n].rejects(new DOMException("", "NotReadableError"));
    await settled();
  }
  await pass(5000);
  asked[4].gives();
  await settled();
  await settled();
  frame();
  assert.deepEqual(troubles, ["", "off", ""]);
  microphone.close();
  await pass(20_000);
  assert.equal(asked.length, 5, "one that was closed is let be");
});
