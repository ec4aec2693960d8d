import assert from "node:assert/strict";
import { test } from "node:test";

import { Following } from "./following.js";

const PORTRAIT = { scrollTop: 1400, clientHeight: 600, scrollHeight: 2000 };

function followed() {
  const following = new Following();
  following.settled(PORTRAIT);
  return following;
}

test("the newest is followed from the start", () => {
  assert.equal(new Following().on, true);
});

test("the reader's own scrolling ends it", () => {
  const following = followed();
  following.scrolled({ ...PORTRAIT, scrollTop: 1300 });
  assert.equal(following.on, false);
});

test("turning the phone does not", () => {
  const following = followed();
  following.scrolled({ scrollTop: 900, clientHeight: 300, scrollHeight: 1500 });
  assert.equal(following.on, true);
});

test("a caption that came in the meantime does not", () => {
  const following = followed();
  following.scrolled({ ...PORTRAIT, scrollHeight: 2200 });
  assert.equal(following.on, true);
});

test("after a turn the reader can scroll away again", () => {
  const following = followed();
  following.settled({ scrollTop: 1200, clientHeight: 300, scrollHeight: 1500 });
  following.scrolled({ scrollTop: 1100, clientHeight: 300, scrollHeight: 1500 });
  assert.equal(following.on, false);
});

test("it stays ended through turns and captions until the reader is at the end", () => {
  const following = followed();
  following.scrolled({ ...PORTRAIT, scrollTop: 0 });
  following.settled({ ...PORTRAIT, scrollTop: 0, scrollHeight: 2200 });
  assert.equal(following.on, false);
  following.scrolled({ ...PORTRAIT, scrollTop: 1599.5, scrollHeight: 2200 });
  assert.equal(following.on, true);
});

test("the reader can ask for the newest", () => {
  const following = followed();
  following.scrolled({ ...PORTRAIT, scrollTop: 0 });
  following.resume();
  assert.equal(following.on, true);
});
