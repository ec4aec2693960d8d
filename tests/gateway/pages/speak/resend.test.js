import assert from "node:assert/strict";
import { test } from "node:test";

import { ResendBuffer, framed } from "./resend.js";

const counting = (samples, first = 0) => Int16Array.from({ length: samples }, (_, n) => (first + n) % 30_000);

function filled(frames, ...how) {
  const buffer = new ResendBuffer(...how);
  for (let n = 0; n < frames; n += 1) buffer.add(counting(1600, n * 1600), n * 100);
  return buffer;
}

function sent(buffer) {
  const positions = [];
  for (let frame = buffer.next(); frame; frame = buffer.next()) positions.push(frame.position);
  return positions;
}

test("frames go out once and in order", () => {
  const buffer = filled(3);
  assert.deepEqual(sent(buffer), [0, 1600, 3200]);
  assert.deepEqual(sent(buffer), []);
  assert.equal(buffer.inFlight, 4800);
});

test("a resume sends again what is not durable, from the greater of the answer and the own last acknowledged position", () => {
  for (const [own, answer] of [[1600, 0], [0, 1600], [1600, 1600]]) {
    const buffer = filled(3);
    sent(buffer);
    buffer.acknowledge(own);
    buffer.rewind(answer);
    assert.deepEqual(sent(buffer), [1600, 3200]);
  }
});

test("a frame is cut where the durable audio ends", () => {
  const buffer = filled(2);
  sent(buffer);
  buffer.rewind(800);
  assert.deepEqual(buffer.next(), { position: 800, capturedAt: 50, pcm: counting(800, 800) });
});

test("an error that names a position makes nothing durable, and never sends below what is", () => {
  const buffer = filled(3);
  sent(buffer);
  buffer.acknowledge(1600);
  buffer.sendAgainFrom(3200);
  assert.equal(buffer.acknowledged, 1600);
  assert.deepEqual(sent(buffer), [3200]);
  buffer.sendAgainFrom(0);
  assert.deepEqual(sent(buffer), [1600, 3200]);
});

test("over the limit the oldest audio is lost and counted", () => {
  const buffer = filled(4, 0, 4800);
  assert.equal(buffer.lost, 1600);
  assert.equal(buffer.waiting, 4800);
  assert.deepEqual(sent(buffer), [1600, 3200, 4800]);
});

test("what is safe takes no room, however long it goes on", () => {
  const buffer = new ResendBuffer(0, 4800);
  for (let n = 0; n < 100; n += 1) {
    buffer.add(counting(1600), 0);
    buffer.acknowledge(n * 1600);
  }
  assert.equal(buffer.lost, 0);
  assert.equal(buffer.waiting, 1600);
});

test("sixty seconds are kept", () => {
  assert.equal(filled(600).lost, 0);
  assert.equal(filled(601).lost, 1600);
});

test("after more than a minute was lost, what was kept follows a gap that the gateway takes", () => {
  const buffer = filled(1500);
  assert.equal(buffer.lost, 900 * 1600);
  assert.equal(buffer.closeUp(), 300 * 1600);
  assert.equal(sent(buffer)[0], 600 * 1600);
  assert.equal(buffer.until, 1200 * 1600);
  assert.equal(buffer.lost, 900 * 1600);
});

test("what is lost is counted once, however often it is sent again", () => {
  const buffer = filled(1500);
  for (let n = 0; n < 3; n += 1) {
    buffer.rewind(0);
    buffer.closeUp();
    buffer.next();
    assert.equal(buffer.lost, 900 * 1600);
  }
  buffer.acknowledge(buffer.until);
  assert.equal(buffer.lost, 900 * 1600);
});

test("what the gateway has is not lost though it was dropped", () => {
  const buffer = filled(2);
  sent(buffer);
  for (let n = 0; n < 600; n += 1) buffer.add(counting(1600), n);
  assert.equal(buffer.lost, 0);
  buffer.rewind(0);
  assert.equal(buffer.lost, 2 * 1600);
});

test("a log that lost what it had said is safe is gone on with, even if that was more than a gap may be", () => {
  const buffer = filled(900);
  buffer.acknowledge(890 * 1600);
  buffer.rewind(1600);
  buffer.closeUp();
  assert.equal(sent(buffer)[0], 601 * 1600);
  buffer.acknowledge(buffer.until);
  assert.equal(buffer.acknowledged, 611 * 1600);
});

test("an answer beyond what was said moves the next sample", () => {
  const buffer = filled(1);
  buffer.rewind(10_000);
  buffer.add(counting(1600), 0);
  assert.deepEqual(sent(buffer), [10_000]);
});

test("a binary frame has its position and time, big endian, before the samples", () => {
  const message = framed({ position: 0x0102030405, capturedAt: 0x0a0b0c0d0e, pcm: Int16Array.of(1, -2) });
  assert.deepEqual([...message], [0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 10, 11, 12, 13, 14, 1, 0, 0xfe, 0xff]);
});
