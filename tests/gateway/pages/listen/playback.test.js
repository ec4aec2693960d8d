import assert from "node:assert/strict";
import { test } from "node:test";

import { KEPT_S, Playback, samplesOf } from "./playback.js";

const starts = (parts) => parts.map(({ start }) => start);

test("parts follow each other without a gap, the first a moment from now", () => {
  const playback = new Playback();
  for (const duration of [0.5, 0.25, 1]) playback.add({ duration });
  const [first, second, third] = starts(playback.due(10));
  assert.ok(first > 10 && first < 10.1);
  assert.equal(second, first + 0.5);
  assert.equal(third, second + 0.25);
});

test("only what comes soon has its start, the rest follows without a gap", () => {
  const playback = new Playback();
  for (let n = 0; n < 10; n += 1) playback.add({ duration: 1 });
  const due = playback.due(0);
  assert.ok(due.length < 5);
  const next = playback.due(due.at(-1).end - 0.5);
  assert.equal(next[0].start, due.at(-1).end);
});

test("parts that came already, or before the last one, are not new", () => {
  const playback = new Playback();
  const places = [[1, 0], [1, 0], [1, 1], [0, 9], [2, 0], [1, 2]];
  assert.deepEqual(places.map(([segment, part]) => playback.isNew({ segment, part })), [true, false, true, false, true, false]);
  playback.clear();
  assert.equal(playback.isNew({ segment: 1, part: 0 }), false);
  playback.restart();
  assert.equal(playback.isNew({ segment: 1, part: 0 }), true);
});

test("the last part of a segment is new as long as it has none, whatever its number, and nothing of it after that", () => {
  const playback = new Playback();
  const places = [[1, 0, false], [1, 1, false], [1, 0, false], [1, 0, true], [1, 0, true], [1, 2, false], [1, 2, true], [2, 0, true]];
  assert.deepEqual(
    places.map(([segment, part, last]) => playback.isNew({ segment, part, last })),
    [true, true, false, true, false, false, false, true],
  );
});

test("what is heard is the part of that moment, or nothing before and after", () => {
  const playback = new Playback();
  for (const name of ["a", "b"]) playback.add({ duration: 1, name });
  const [first] = playback.due(0);
  assert.equal(playback.heard(first.start - 0.01), null);
  assert.equal(playback.heard(first.start + 0.5).name, "a");
  assert.equal(playback.heard(first.end + 0.5).name, "b");
  assert.equal(playback.heard(first.end + 1.5), null);
});

test("a player that stands still keeps the newest, and the oldest goes first, even if it had its start", () => {
  const playback = new Playback();
  for (let n = 0; n < 35; n += 1) playback.add({ duration: 1, n });
  playback.due(0);
  const waiting = playback.waitingS(0);
  assert.ok(Math.abs(playback.trim(0) - (waiting - KEPT_S)) < 0.001);
  assert.equal(playback.waitingS(0), KEPT_S);
  assert.equal(playback.due(0)[0].n, 5);
  assert.equal(playback.trim(0.1), 0);
});

test("samples are read as signed and little-endian, from wherever the bytes lie", () => {
  const bytes = new Uint8Array([9, 0x00, 0x80, 0xff, 0x7f, 0x00, 0x00, 7]).subarray(1);
  assert.deepEqual([...samplesOf(bytes)], [-1, Math.fround(32767 / 32768), 0]);
});

test("of a segment that was withdrawn nothing more is heard, and what follows moves up", () => {
  const playback = new Playback();
  for (const segment of [1, 2, 3]) playback.add({ message: { segment }, duration: 1 });
  playback.due(0);
  assert.ok(playback.withdraw(2));
  assert.deepEqual(playback.due(0.5).map(({ message, start }) => [message.segment, start]), [[1, 0.55], [3, 1.55]]);
  assert.ok(!playback.withdraw(2));
});

test("what comes of a segment after it was withdrawn is not heard, in no language", () => {
  const playback = new Playback();
  assert.ok(playback.isNew({ segment: 2, part: 0 })); // it is being decoded
  assert.ok(!playback.withdraw(2));
  playback.add({ message: { segment: 2 }, duration: 1 });
  const newOnes = () => [[2, 1], [2, 2, true], [3, 0]].map(([segment, part, last]) => playback.isNew({ segment, part, last }));
  assert.deepEqual([playback.due(0), newOnes()], [[], [false, false, true]]);
  playback.restart();
  assert.deepEqual(newOnes(), [false, false, true]);
});

test("a sentence behind which others wait is played faster, at most by 0.15, until none does", () => {
  const rates = [];
  const playback = new Playback((part, rate) => (rates.push(rate), { ...part, duration: part.duration / rate }));
  const add = (segment, duration) => playback.add({ message: { segment }, duration });
  for (const segment of [1, 1, 2, 3, 4]) add(segment, 2);
  const heard = [];
  for (let now = 0; now < 20; now += 1) heard.push(...playback.due(now));
  assert.deepEqual(rates, [1.15, 1.15, 1.15, 1.1]);
  assert.equal(heard.at(-1).rate, undefined);
  const together = heard.at(-1).end - heard[0].start;
  assert.ok(Math.abs(together - (6 / 1.15 + 2 / 1.1 + 2)) < 0.001);
});

test("where nothing is made faster it is not said to be", () => {
  const playback = new Playback((part) => part);
  for (const segment of [1, 2]) playback.add({ message: { segment }, duration: 5 });
  assert.deepEqual(playback.due(0).map(({ rate }) => rate), [undefined]);
});

test("the parts of one sentence alone are played as they are, and none is made faster twice", () => {
  const playback = new Playback((part) => ({ ...part, times: (part.times ?? 0) + 1 }));
  for (let n = 0; n < 5; n += 1) playback.add({ message: { segment: 1 }, duration: 1 });
  assert.ok(playback.due(0).every(({ times }) => times === undefined));
  const late = new Playback((part) => ({ ...part, times: (part.times ?? 0) + 1 }));
  for (let n = 0; n < 40; n += 1) late.add({ message: { segment: n }, duration: 1 });
  late.due(0);
  late.trim(0);
  for (let now = 0; now < 40; now += 1) assert.ok(late.due(now).every(({ times }) => times === undefined || times === 1));
});
