import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Warnings } from "./warnings.js";

const codes = (warnings, now) => warnings.list(now).map(({ code }) => code);
const words = JSON.parse(readFileSync(new URL("../texts/en.json", import.meta.url)));

test("a warning goes some time after it came last", () => {
  const warnings = new Warnings();
  warnings.take("noise", { now: 0 });
  warnings.take("noise", { now: 30_000 });
  assert.deepEqual(codes(warnings, 60_000), ["noise"]);
  assert.deepEqual(codes(warnings, 65_000), []);
});

test("what is wrong with the microphone stays until it is well", () => {
  const warnings = new Warnings();
  warnings.hold("gone");
  assert.deepEqual(codes(warnings, 1e15), ["gone"]);
  warnings.clear("gone");
  assert.deepEqual(codes(warnings), []);
});

test("whether one is shown can be asked", () => {
  const warnings = new Warnings();
  warnings.take("not-kept", { now: 0 });
  assert.equal(warnings.has("not-kept", 1000), true);
  assert.equal(warnings.has("not-kept", 60_000), false);
  warnings.take("not-kept", { now: 0 });
  warnings.clear("not-kept");
  assert.equal(warnings.has("not-kept", 1000), false);
});

test("that words were lost is said again only when more of them are", () => {
  const warnings = new Warnings();
  warnings.lost(0.5, 0);
  assert.deepEqual(codes(warnings, 0), []);
  for (let now = 0; now < 35_000; now += 1000) warnings.lost(2, now);
  assert.deepEqual(codes(warnings, 35_000), []);
  warnings.lost(4, 40_000);
  assert.equal(warnings.list(74_000)[0].values.seconds, 4);
});

test("every code has its words, and the figures that a layman understands", () => {
  const warnings = new Warnings();
  for (const code of ["clipping", "noise", "quiet", "echo", "falling-behind", "at-capacity", "not-kept", "gone", "off"]) warnings.take(code, { now: 0 });
  warnings.take("silence", { figures: { silentMs: 10_000 }, now: 0 });
  warnings.take("lost", { figures: { lostMs: 2400 }, now: 0 });
  const shown = warnings.list(0);
  assert.equal(shown.length, 11);
  for (const { key } of shown) assert.ok(words.speak[key.split(".")[1]], key);
  assert.equal(shown.find(({ code }) => code === "silence").values.seconds, 10);
  warnings.take("falling-behind", { figures: { skippedMs: 7000 }, now: 0 });
  assert.equal(warnings.list(0).find(({ code }) => code === "falling-behind").key, "speak.warnSkipped");
});

test("a code of a newer gateway is shown in the gateway's words", () => {
  const warnings = new Warnings();
  warnings.take("sneezing", { message: "Bless you.", now: 0 });
  assert.equal(warnings.list(0)[0].message, "Bless you.");
  warnings.take("rate-limited", { now: 0 });
  assert.deepEqual(codes(warnings, 0), ["sneezing"]);
});
