import assert from "node:assert/strict";
import { test } from "node:test";

import { typedCode } from "./code.js";

test("a code is found however it is typed", () => {
  for (const typed of [
    "calm-otter-123",
    "  Calm Otter 123 ",
    "CALM–OTTER—123",
    "calm_otter  123",
    "https://example.org/listen/calm-otter-123",
    "example.org/listen/Calm%20Otter%20123?language=es#x",
  ]) {
    assert.equal(typedCode(typed), "calm-otter-123", typed);
  }
});

test("what is no code is left as it is", () => {
  assert.equal(typedCode("   "), "");
  assert.equal(typedCode("/listen/%E0%A4%A"), "%e0%a4%a");
});
