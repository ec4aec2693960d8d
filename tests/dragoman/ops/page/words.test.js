import assert from "node:assert/strict";
import { test } from "node:test";

import { kindOfStage, load, many, money, path, stretch, verdict } from "./words.js";

const WELL = { away: {}, stages: [], engines: [], processes: [], lettersOpen: 0 };
const stage = (name, seconds, late) => ({ stage: name, seconds, late, lateS: 2 });
const process = (name, version = "1", silentS = 0) => ({ kind: "translate", name, version, silentS });

test("a stretch of time is said as people say it", () => {
  const said = [0, 9.94, 42.4, 119, 120, 3599, 3600, 7500, 100_000, 172_800].map(stretch);
  assert.deepEqual(said, ["0.0 s", "9.9 s", "42 s", "119 s", "2 min", "59 min", "1 h", "2 h 5 min", "27 h 46 min", "2 days"]);
});

test("one is not many, and money has cents or parts of them", () => {
  assert.deepEqual([many(1, "reader"), many(1204, "reader")], ["1 reader", "1,204 readers"]);
  assert.deepEqual([money(12.345, "USD"), money(0.0123, "USD")], ["$12.35", "$0.012"]);
  assert.deepEqual([money(12.345, "credits"), money(0.5, "")], ["12.35 credits", "0.5 "], "what is no currency is said all the same");
});

test("a stage is bad when partitions are late, and warns before", () => {
  assert.deepEqual([stage("x", 1, 0), stage("x", 1.1, 0), stage("x", 2.1, 1)].map(kindOfStage), ["good", "warn", "bad"]);
});

test("the worst is said first, and nothing else beside it", () => {
  assert.deepEqual(verdict(WELL), { kind: "good", words: "All is well" });
  const all = { ...WELL, stages: [stage("translate", 5.2, 3), stage("broadcast", 0, 0)], lettersOpen: 1 };
  assert.deepEqual(verdict(all), { kind: "bad", words: "translate is 5.2 s behind in 3 partitions" });
  assert.deepEqual(verdict({ ...all, away: { redis: "Redis does not answer." } }), { kind: "bad", words: "Redis does not answer." });
});

test("what nobody notices yet is said in one line", () => {
  const told = {
    ...WELL,
    lettersOpen: 2,
    engines: [{ stage: "translate", engine: "amazon", resting: ["translate en es (a)"] }, { stage: "translate", engine: "firefox", resting: [] }],
    processes: [process("a"), process("b", "2"), process("c", "3", 20)],
  };
  assert.deepEqual(verdict(told), {
    kind: "warn",
    words: "translate leaves amazon alone, translate c is silent, 2 dead letters, 2 versions run side by side",
  });
});

test("words are read without the time that speech takes", () => {
  const lagMs = { broadcast: 10, translate: 200, transcribe: 1300, synthesize: 900 };
  assert.deepEqual(path({ lagMs }), {
    steps: [{ stage: "transcribe", ms: 1300 }, { stage: "translate", ms: 200 }, { stage: "synthesize", ms: 900 }, { stage: "broadcast", ms: 10 }],
    readS: 1.51,
    heardS: 2.41,
  });
  assert.equal(path({ lagMs: { transcribe: 5 } }).heardS, null);
});

test("gateways have people, recognisers have sessions, others nothing to count", () => {
  const none = { connections: 0, speakers: 0, listeners: 0, taken: 0, most: 0 };
  assert.equal(load({ ...none, kind: "gateway", connections: 3, speakers: 1 }), "3 connections, 1 speaker, 0 listeners");
  assert.equal(load({ ...none, kind: "transcribe", taken: 3, most: 12 }), "hears 3 of 12");
  assert.equal(load({ ...none, kind: "translate" }), "");
});
