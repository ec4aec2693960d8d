import assert from "node:assert/strict";
import { test } from "node:test";

import { storage } from "./storage.js";

const forbidding = { get localStorage() { throw new Error("SecurityError"); } };
const full = {
  localStorage: { getItem: () => "old", setItem() { throw new Error("QuotaExceededError"); }, removeItem() { throw new Error("SecurityError"); } },
};

for (const [what, browser] of Object.entries({ "forbids to mention it": forbidding, "has none": {}, "takes no more": full })) {
  test(`where the browser ${what}, a page remembers by itself, and only for itself`, () => {
    const mine = storage(browser);
    mine.setItem("a", "b");
    assert.equal(mine.getItem("a"), "b");
    mine.removeItem("a");
    assert.notEqual(mine.getItem("a"), "b");
    storage(browser).setItem("a", "b");
    assert.notEqual(storage(browser).getItem("a"), "b");
  });
}

test("else it is the browser's own", () => {
  const items = new Map();
  const localStorage = { getItem: (name) => items.get(name), setItem: (name, text) => items.set(name, text), removeItem: (name) => items.delete(name) };
  storage({ localStorage }).setItem("a", "b");
  assert.equal(storage({ localStorage }).getItem("a"), "b");
  storage({ localStorage }).removeItem("a");
  assert.equal(storage({ localStorage }).getItem("a"), null);
});
