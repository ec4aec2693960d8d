import assert from "node:assert/strict";
import { test } from "node:test";

import { storage } from "./storage.js";

test("a browser that forbids to store anything is one that remembers nothing", () => {
  const forbidding = { get localStorage() { throw new Error("SecurityError"); } };
  for (const browser of [forbidding, {}]) {
    storage(browser).setItem("a", "b");
    assert.equal(storage(browser).getItem("a"), null);
  }
});

test("else it is the browser's own", () => {
  const localStorage = { getItem: () => "kept" };
  assert.equal(storage({ localStorage }).getItem("a"), "kept");
});
