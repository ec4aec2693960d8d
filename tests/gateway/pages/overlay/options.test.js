import assert from "node:assert/strict";
import { test } from "node:test";

import { optionsOf } from "./options.js";

test("an address without options shows two steady lines in white", () => {
  const { language, size, lines, mode, colour, edge, hideS, debug } = optionsOf("");
  assert.deepEqual([language, size, lines, mode, colour, edge, hideS, debug], ["", 48, 2, "steady", "#ffffff", "outline", 0, false]);
});

test("options are taken from the address", () => {
  const { language, size, lines, mode, colour, background, edge, hideS, debug } = optionsOf(
    "?language=es&size=64&lines=3&mode=fast&color=ffe14d&background=navy&edge=box&hide=8&debug",
  );
  assert.deepEqual([language, size, lines, mode, colour, background], ["es", 64, 3, "fast", "#ffe14d", "navy"]);
  assert.deepEqual([edge, hideS, debug], ["box", 8, true]);
});

test("what makes no sense is the default, and no number is beyond what fits", () => {
  const { size, lines, mode, colour, wrong } = optionsOf("?size=huge&lines=99&mode=slow&color=red;display:none&hide=3&edge=");
  assert.deepEqual([size, lines, mode, colour], [48, 20, "steady", "#ffffff"]);
  assert.deepEqual(wrong, ["size", "lines", "mode", "color"]);
});
