import assert from "node:assert/strict";
import { test } from "node:test";

import { Chain } from "./chain.js";

test("an entry whose predecessor never came is a gap; one that comes again is none", () => {
  const chain = new Chain();
  assert.ok(chain.start({ id: "a9", recovered: false }));
  assert.ok(chain.follow("a8", "a7"), "history begins somewhere");
  assert.ok(chain.follow("a9", "a8"));
  assert.ok(chain.follow("a9", "a8"));
  assert.ok(!chain.follow("b2", "b1"));
  assert.equal(chain.last, "b2");
});

test("who had received nothing yet has lost what was said since the first join, unless it follows", () => {
  for (const [id, follows, whole] of [["", false, true], ["s1", false, false], ["s1", true, true]]) {
    const chain = new Chain();
    assert.ok(chain.start({ id: "", recovered: false }));
    assert.equal(chain.start({ id, recovered: false }, follows), whole);
  }
  assert.ok(new Chain().start({ id: "s1", recovered: false }));
});

test("a resume loses nothing only if the server says so", () => {
  const chain = new Chain();
  chain.start({ id: "a1", recovered: false });
  chain.follow("a2", "a1");
  assert.ok(chain.start({ id: "a4", recovered: true }));
  assert.ok(chain.follow("a3", "a2"));
  assert.ok(!chain.start({ id: "z1", recovered: false }));
});
