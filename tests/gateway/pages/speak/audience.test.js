import assert from "node:assert/strict";
import { test } from "node:test";

import { ways } from "./audience.js";

test("who reads and hears is one person", () => {
  assert.deepEqual(ways({ captions: 3, audio: 2, both: 1 }), [["both", 1], ["reads", 2], ["hears", 1]]);
  assert.deepEqual(ways({ captions: 1, audio: 1, both: 1 }), [["both", 1]]);
  assert.deepEqual(ways({ captions: 1, audio: 0 }), [["reads", 1]]);
});
