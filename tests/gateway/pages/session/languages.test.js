import assert from "node:assert/strict";
import { test } from "node:test";

import { AUTO, matches, missing, nameIn, notes, ownName, preparation, preselected } from "./languages.js";

const OFFERED = ["ca", "en", "es", "fr", "pt", "pt-BR", "zh-Hant"];

test("the first of the reader's languages that is on offer is preselected", () => {
  assert.equal(preselected(["de-AT", "fr-CH", "es"], OFFERED, "en"), "fr");
  assert.equal(preselected(["es-MX", "es"], OFFERED, "en"), "es");
});

test("who reads the floor gets the floor", () => {
  assert.equal(preselected(["en-US", "en", "es"], OFFERED, "en"), "en");
});

test("the closest tag wins, whatever its case", () => {
  assert.equal(preselected(["PT-br"], OFFERED, "en"), "pt-BR");
  assert.equal(preselected(["pt-PT"], OFFERED, "en"), "pt");
  assert.equal(preselected(["zh-Hant-x-private"], OFFERED, "en"), "zh-Hant");
});

test("a bare language is served by one of its variants", () => {
  assert.equal(preselected(["zh"], OFFERED, "en"), "zh-Hant");
});

test("the language of a device is missing if it is not on offer in any variant", () => {
  assert.equal(missing(["pl-PL", "en"], OFFERED), "pl");
  assert.equal(missing(["sr-Latn-RS"], OFFERED), "sr-Latn");
  for (const tag of ["es-MX", "zh", "en"]) assert.equal(missing([tag, "pl"], OFFERED), "");
  for (const tag of ["pt-PT", "pt-AO"]) assert.equal(missing([tag], ["en", "pt-BR"]), "", "it can be had as in Brazil");
  assert.equal(missing(["zh-Hans-CN"], OFFERED), "zh-Hans");
  assert.equal(missing(["not a tag"], OFFERED), "");
  for (const [wanted, offered] of [[undefined, OFFERED], [["pl"], []]]) assert.equal(missing(wanted, offered), "", "unknown");
});

test("nobody gets a language that they did not ask for", () => {
  assert.equal(preselected(["de", "e"], OFFERED, "en"), "en");
  assert.equal(preselected([], OFFERED, "en"), "en");
});

test("languages are called by their own names", () => {
  const names = ["en", "es", "gl", "eo", "pt-BR"].map(ownName);
  assert.deepEqual(names, ["English", "español", "galego", "esperanto", "português (Brasil)"]);
});

test("a language that nobody knows is called in English or by its tag", () => {
  assert.equal(ownName("tlh"), "Klingon");
  assert.equal(ownName("not a tag"), "not a tag");
});

test("the floor is marked as the original, and what cannot be heard as text", () => {
  assert.deepEqual(notes({ language: "en", speech: false }, "en"), ["original"]);
  assert.deepEqual(notes({ language: "es", speech: true }, "en"), []);
  assert.deepEqual(notes({ language: "fr", speech: false }, "en"), ["textOnly"]);
  assert.deepEqual(notes({ language: "ca", speech: false, quality: "rough" }, "en"), ["textOnly", "rough"]);
  assert.deepEqual(notes({ language: "de", speech: true, speechQuality: "rough" }, "en"), ["roughVoice"]);
  assert.deepEqual(notes({ language: "uk", speech: true, state: "fetchable" }, "en"), ["fetched"]);
  assert.deepEqual(notes({ language: "uk", speech: true, state: "preparing" }, "en"), ["prepared"]);
  assert.deepEqual(notes({ language: "pt", speech: true, speechQuality: "good" }, "en"), []);
});

test("a language is found by its own name, by the reader's and by its tag, without accents", () => {
  for (const query of ["español", "ESPANOL", " spa", "es", ""]) assert.ok(matches(query, "es", "en"), query);
  assert.ok(matches("Spanisch", "es", "de"));
  assert.ok(!matches("french", "es", "en"));
});

test("whatever is spoken has a name, and no tag", () => {
  globalThis.document = { documentElement: { lang: "en" } };
  assert.equal(ownName(AUTO), "site.asSpoken"); // the texts are not loaded here
  assert.equal(nameIn("de", AUTO), "site.asSpoken");
  assert.equal(preselected(["auto"], ["auto", "en"], "en"), AUTO);
});

test("what is said of a chosen language follows what becomes of it", () => {
  assert.equal(preparation(undefined), "");
  assert.equal(preparation({ state: "available", fetchMb: 37 }), "");
  assert.equal(preparation({ state: "fetchable" }), "fetchedThen");
  assert.equal(preparation({ state: "preparing" }), "preparing");
  assert.equal(preparation({ state: "preparing", failed: true }), "preparingFailed");
});
