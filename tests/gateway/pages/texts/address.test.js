import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const FAMILIAR = {
  de: /\b(du|dich|dir|dein\w*)\b/i,
  es: /(?<!\p{L})(tú|tus?|te|ti|contigo)(?!\p{L})/iu,
  fr: /(?<!\p{L})(tu|te|toi|ton|tes)(?!\p{L})/iu,
};
const read = (language) => {
  const { landing, speak } = JSON.parse(readFileSync(new URL(`${language}.json`, import.meta.url)));
  return [landing, speak].flatMap(Object.values).flatMap((words) => (typeof words === "string" ? words : Object.values(words)));
};

test("nobody is addressed like a friend by a page that they see for the first time", () => {
  for (const [language, familiar] of Object.entries(FAMILIAR)) {
    assert.deepEqual(read(language).filter((words) => familiar.test(words)), [], language);
  }
});

test("three dots follow their word at once", () => {
  for (const language of ["en", ...Object.keys(FAMILIAR)]) assert.deepEqual(read(language).filter((words) => / …/.test(words)), []);
});
