import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { loadTexts } from "../texts/texts.js";
import { credit, inUse, span, times } from "./facts.js";

const read = (path) => readFileSync(new URL(`..${path.replace("/static", "")}`, import.meta.url));
globalThis.localStorage = { getItem: () => "en" };
globalThis.document = { documentElement: { lang: "en" }, querySelectorAll: () => [] };
Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] }, configurable: true });
globalThis.fetch = async (path) => ({ ok: true, json: async () => JSON.parse(read(path)) });
await loadTexts();

test("times are in the unit that one would say", () => {
  const said = [300, 5400, 86_400, 172_800, 604_800].map((seconds) => span(seconds, "en"));
  assert.deepEqual(said, ["5 minutes", "1.5 hours", "24 hours", "48 hours", "7 days"]);
  assert.equal(span(604_800, "de"), "7 Tage");
});

test("what is kept is said with its time", () => {
  const kept = { soundS: 86_400, textS: 604_800, captionsS: 7200, transcripts: false };
  const [sound, words, captions, taken] = times(kept);
  assert.match(sound, /24 hours/);
  assert.match(words, /7 days/);
  assert.match(captions, /2 hours/);
  assert.notEqual(taken, times({ ...kept, transcripts: true })[3]);
});

test("an engine elsewhere is told to be", () => {
  const [line] = inUse({ translate: [{ name: "Cloud", elsewhere: true }, { name: "Firefox", elsewhere: false }] });
  assert.equal(line, "Translation: Cloud (a service of others: what is said is sent there), Firefox");
});

test("whoever has to be named is named in their own words", () => {
  const plain = { name: "Whisper", by: "OpenAI", licence: "MIT", attribution: "", models: ["a", "b"] };
  assert.equal(credit(plain), "Whisper by OpenAI. Licence: MIT. (a, b)");
  assert.equal(credit({ ...plain, attribution: "Made by X" }), "Made by X. Licence: MIT. (a, b)");
  assert.equal(credit({ ...plain, name: "Apertium", by: "Apertium" }), "Apertium. Licence: MIT. (a, b)");
});
