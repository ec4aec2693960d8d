import assert from "node:assert/strict";
import { test } from "node:test";

import { onlyHere } from "./reach.js";

test("a link to the machine itself is one that no phone can open", () => {
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "LOCALHOST"]) assert.ok(onlyHere(`http://${host}:8080/listen/x`), host);
});

test("any other name or address may be open to phones", () => {
  for (const host of ["192.168.1.5", "127.example.org", "localhost.example.org", "[fd00::1]"]) assert.ok(!onlyHere(`https://${host}/listen/x`), host);
});
