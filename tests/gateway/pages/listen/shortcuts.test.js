import assert from "node:assert/strict";
import { test } from "node:test";

import { commandOf } from "./shortcuts.js";

const pressed = (key, tagName = "BODY", held = {}) => commandOf({ key, target: { tagName }, ...held });

test("keys do what the list says", () => {
  assert.deepEqual([" ", "l", "L", "m", "+", "=", "-", "?"].map((key) => pressed(key)), [
    "pause", "live", "live", "sound", "bigger", "bigger", "smaller", "help",
  ]);
  assert.equal(pressed("x"), null);
});

test("no key does anything while something is typed or chosen", () => {
  for (const tagName of ["INPUT", "SELECT", "TEXTAREA"]) assert.equal(pressed("m", tagName), null);
});

test("space presses the button that has the focus, and the browser's own keys stay its own", () => {
  assert.equal(pressed(" ", "BUTTON"), null);
  assert.equal(pressed("m", "BUTTON"), "sound");
  for (const held of ["ctrlKey", "metaKey", "altKey"]) assert.equal(pressed("l", "BODY", { [held]: true }), null);
});
