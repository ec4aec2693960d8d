import assert from "node:assert/strict";
import { test } from "node:test";

import { forgetSession, saveSession, savedSession } from "./remembered.js";

const kept = (values = new Map()) => ({ getItem: (name) => values.get(name) ?? null, setItem: (name, value) => values.set(name, value) });
const SESSION = { code: "calm-otter-123", token: "abc.DEF-1_2.x", joinUrl: "https://talks.example/listen/calm-otter-123" };

test("a browser remembers a session until that very one is forgotten", () => {
  const browser = kept();
  saveSession(SESSION, browser);
  forgetSession("other-fox-100", browser);
  assert.deepEqual(savedSession(browser), SESSION);
  forgetSession(SESSION.code, browser);
  assert.equal(savedSession(browser), null);
});

test("what something else wrote is no session", () => {
  assert.equal(savedSession(kept(new Map([["dragoman.speaking", "{"]]))), null);
});
