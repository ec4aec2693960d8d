import assert from "node:assert/strict";
import { test } from "node:test";

import { forgetSession, lastSession, moveSession, saveSession, savedSession } from "./remembered.js";

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

const LINK = { code: "kind-wolf-42", token: "other" };

test("a private link that leads nowhere costs nobody the session of one's own", async () => {
  for (const nowhere of [{ found: false, answer: {} }, { found: true, answer: { state: "ended" } }]) {
    const browser = kept();
    saveSession(SESSION, browser);
    moveSession(SESSION, browser);
    moveSession(LINK, browser);
    const look = async (code) => (code === LINK.code ? nowhere : { found: true, answer: { state: "away" } });
    assert.deepEqual(await lastSession(look, browser), { ...SESSION, known: { state: "away" } });
    assert.deepEqual(savedSession(browser), SESSION);
    assert.equal(await lastSession(async () => nowhere, browser), null);
    assert.equal(savedSession(browser), null);
  }
});

test("one that may work is gone on with, and the own one comes back when it is refused", async () => {
  const browser = kept();
  saveSession(SESSION, browser);
  moveSession(LINK, browser);
  for (const answer of [{ state: "live" }, null]) {
    const look = async () => (answer ? { found: true, answer } : Promise.reject(new Error("away")));
    assert.deepEqual(await lastSession(look, browser), { ...LINK, before: SESSION, known: answer });
  }
  forgetSession(LINK.code, browser);
  assert.deepEqual(savedSession(browser), SESSION);
});

test("what something else wrote is no session", () => {
  assert.equal(savedSession(kept(new Map([["dragoman.speaking", "{"]]))), null);
});
