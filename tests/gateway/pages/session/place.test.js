import assert from "node:assert/strict";
import { test } from "node:test";

import { codeIn, onlyHere, socketUrl } from "./place.js";

test("a code is what the path ends in, even when it cannot be decoded", () => {
  assert.equal(codeIn("/listen/calm%20otter"), "calm otter");
  assert.equal(codeIn("/listen/%E0%A4%A"), "%E0%A4%A");
});

test("the socket is as safe as the page", () => {
  assert.equal(socketUrl({ protocol: "https:", host: "a:1" }), "wss://a:1/ws");
  assert.equal(socketUrl({ protocol: "http:", host: "a" }), "ws://a/ws");
});

test("a link to the machine itself is one that no phone can open", () => {
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "LOCALHOST"]) assert.ok(onlyHere(`http://${host}:8080/listen/x`), host);
});

test("any other name or address may be open to phones", () => {
  for (const host of ["192.168.1.5", "127.example.org", "localhost.example.org", "[fd00::1]"]) assert.ok(!onlyHere(`https://${host}/listen/x`), host);
});
