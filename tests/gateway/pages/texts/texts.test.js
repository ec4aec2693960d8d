import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LANGUAGES, interfaceLanguage, spoken } from "./texts.js";

const read = (language) => JSON.parse(readFileSync(new URL(`${language}.json`, import.meta.url)));
const keys = (words) => Object.entries(words).flatMap(([section, texts]) => Object.keys(texts).map((name) => `${section}.${name}`));
const places = (found) => [...JSON.stringify(found).matchAll(/\{\w+\}/g)].map(([place]) => place);

test("every language has every text, with the same places for values", () => {
  const english = read("en");
  for (const language of LANGUAGES) {
    const words = read(language);
    assert.deepEqual(keys(words), keys(english), language);
    for (const key of keys(words)) {
      const [section, name] = key.split(".");
      assert.deepEqual([...new Set(places(words[section][name]))].sort(), [...new Set(places(english[section][name]))].sort(), `${language}: ${key}`);
    }
  }
});

test("the page speaks what was chosen, or else the reader's first language that there is, or English", () => {
  assert.equal(interfaceLanguage("fr", ["de"]), "fr");
  assert.equal(interfaceLanguage("xx", ["ca", "de-AT"]), "de");
  assert.equal(interfaceLanguage(null, ["ca"]), "en");
});

test("values stand in their places, and numbers have their forms", () => {
  const words = { a: { b: "{x} of {y}", c: { one: "{count} person", other: "{count} people" } } };
  assert.equal(spoken(words, "a.b", { x: 1, y: 2 }, "en"), "1 of 2");
  assert.equal(spoken(words, "a.c", { count: 1 }, "en"), "1 person");
  assert.equal(spoken(words, "a.c", { count: 5 }, "en"), "5 people");
});
