import assert from "node:assert/strict";
import { test } from "node:test";

import { captionLag, duration } from "./time.js";

test("a duration is minutes and seconds, with hours when there are any", () => {
  assert.deepEqual([0, 59.9, 60, 3600, 7325].map(duration), ["0:00", "0:59", "1:00", "1:00:00", "2:02:05"]);
});

test("captions are as late as the stages before them, and unknown before the first", () => {
  assert.equal(captionLag({ transcribe: null, translate: null, synthesize: null, broadcast: null }), null);
  assert.equal(captionLag({ transcribe: 900, translate: null, synthesize: 5000, broadcast: 100 }), 1);
  assert.equal(captionLag({ transcribe: 900, translate: 500, synthesize: 5000, broadcast: 100 }), 1.5);
});
