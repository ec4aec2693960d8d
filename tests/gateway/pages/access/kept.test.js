import assert from "node:assert/strict";
import test from "node:test";

import { Kept } from "./kept.js";

function storage() {
  const items = new Map();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, text) => items.set(name, text),
    removeItem: (name) => items.delete(name),
  };
}

let now = 0;

function kept(tokens, renew = () => assert.fail("nothing is to be renewed")) {
  now = 1_000_000;
  const kept = new Kept(storage(), renew, () => now);
  if (tokens) kept.keep(tokens);
  return kept;
}

test("a stranger has no credential", async () => {
  assert.equal(await kept(null).credential(), null);
});

test("a key is good for ever", async () => {
  const mine = kept({ token: "key" });
  now += 1e12;
  assert.equal(await mine.credential(), "key");
});

test("a token is renewed before it ends, once for all who ask, and the new one is kept", async () => {
  let asked = 0;
  const renew = async ({ refresh }) => ({ token: `after ${refresh}`, refresh: `r${++asked}`, until: now + 60_000 });
  const mine = kept({ token: "a", refresh: "r", until: 1_060_000 }, renew);
  assert.equal(await mine.credential(), "a");
  now = 1_045_000;
  assert.deepEqual(await Promise.all([mine.credential(), mine.credential()]), ["after r", "after r"]);
  assert.equal(asked, 1);
  now += 50_000;
  assert.equal(await mine.credential(), "after r1");
});

test("a refresh token that is good for more than once is kept", async () => {
  const mine = kept({ token: "a", refresh: "r", until: 1_000_000 }, async ({ refresh }) => ({ token: refresh, until: 1_000_000 }));
  assert.equal(await mine.credential(), "r");
  assert.equal(await mine.credential(), "r");
});

test("without a way to renew it a token is used to its end, and then forgotten", async () => {
  const mine = kept({ token: "a", refresh: null, until: 1_010_000 });
  assert.equal(await mine.credential(), "a");
  now = 1_010_000;
  assert.equal(await mine.credential(), null);
  now = 0;
  assert.equal(await mine.credential(), null);
});

test("an issuer that wants to see the person ends the credential", async () => {
  const mine = kept({ token: "a", refresh: "r", until: 1_000_000 }, async () => null);
  assert.equal(await mine.credential(), null);
});

test("an issuer that is away is asked again the next time", async () => {
  let away = true;
  const renew = async () => {
    if (away) throw new Error("away");
    return { token: "b", until: now + 60_000 };
  };
  const mine = kept({ token: "a", refresh: "r", until: 1_000_000 }, renew);
  await assert.rejects(mine.credential());
  away = false;
  assert.equal(await mine.credential(), "b");
});

test("who signs out is forgotten", async () => {
  const mine = kept({ token: "key" });
  mine.forget();
  assert.equal(await mine.credential(), null);
});
