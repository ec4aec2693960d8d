import assert from "node:assert/strict";
import { test } from "node:test";

import { Events } from "./events.js";

const ALL = 'retry: 700\n: 17\n\nid: 0-1/0-0\ndata: {"a": "b: c"}\n\nid: 0-1/0-0\n\n: 18\n\n';

test("events are the same however they come in pieces", () => {
  const whole = new Events().push(ALL);
  assert.deepEqual(whole, [{ comment: "17" }, { data: '{"a": "b: c"}' }, {}, { comment: "18" }]);
  for (let size = 1; size < ALL.length; size += 1) {
    const events = new Events();
    const got = [];
    for (let n = 0; n < ALL.length; n += size) got.push(...events.push(ALL.slice(n, n + size)));
    assert.deepEqual(got, whole);
  }
});

test("what is not complete is kept back", () => {
  assert.deepEqual(new Events().push("data: {}\n"), []);
});
