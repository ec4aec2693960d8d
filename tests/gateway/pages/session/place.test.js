import assert from "node:assert/strict";
import { test } from "node:test";

import { codeIn, socketUrl } from "./place.js";

test("a code is what the path ends in, even when it cannot be decoded", () => {
  assert.equal(codeIn("/listen/calm%20otter"), "calm otter");
  assert.equal(codeIn("/listen/%E0%A4%A"), "%E0%A4%A");
});

test("the socket is as safe as the page", () => {
  assert.equal(socketUrl({ protocol: "https:", host: "a:1" }), "wss://a:1/ws");
  assert.equal(socketUrl({ protocol: "http:", host: "a" }), "ws://a/ws");
});
