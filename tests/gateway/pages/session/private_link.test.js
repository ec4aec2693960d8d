import assert from "node:assert/strict";
import { test } from "node:test";

import { privateIn, privateLink } from "./private_link.js";

const SESSION = { code: "calm-otter-123", token: "abc.DEF-1_2.x" };

test("a private link names the session and its token where no server sees them", () => {
  const link = new URL(privateLink("speak", SESSION, "https://talks.example/listen/calm-otter-123"));
  assert.equal(link.origin + link.pathname + link.search, "https://talks.example/speak");
  assert.deepEqual(privateIn(link.hash), SESSION);
  for (const hash of ["", "#", "#calm-otter-123", "#a/b/c d", "#%/x", "#calm%2/x"]) assert.equal(privateIn(hash), null);
});
