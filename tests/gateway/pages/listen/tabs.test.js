import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Tabs } from "./tabs.js";

let clock = 0;
let passes = 1;
let open = [];
beforeEach(() => ([open, passes] = [[], 1]));

class Channel {
  constructor(name) {
    this.name = name;
    open.push(this);
  }

  postMessage(data) {
    for (const each of open) if (each !== this && each.name === this.name && !each.asleep) each.onmessage({ data });
  }
}

/** A tab; `yielded` counts how often it was taken from. */
function tab(code = "calm-otter-123") {
  const own = { yielded: 0, seen: [] };
  own.tabs = new Tabs(code, () => (own.yielded += 1), () => own.seen.push(own.tabs?.elsewhere ?? "at once"), Channel, () => (clock += passes));
  own.channel = open.at(-1);
  return own;
}

test("a second tab knows of the first, and takes the session from it", () => {
  const first = tab();
  first.tabs.take();
  const second = tab("Calm Otter 123");
  assert.equal(second.tabs.elsewhere, true);
  second.tabs.take();
  assert.deepEqual([first.yielded, first.tabs.elsewhere, second.tabs.elsewhere], [1, true, false]);
  first.tabs.take();
  assert.deepEqual([first.yielded, second.yielded, first.tabs.elsewhere], [1, 1, false]);
});

test("tabs that wait see when one begins and ends to listen", () => {
  const [first, second] = [tab(), tab()];
  first.tabs.take();
  first.tabs.leave();
  first.tabs.leave();
  assert.deepEqual(second.seen, [true, false]);
  assert.equal(second.yielded, 0);
});

test("a tab that slept meanwhile yields when it wakes up, and never the newer one", () => {
  const [old, newer] = [tab(), tab()];
  old.tabs.take();
  old.channel.asleep = true;
  newer.tabs.take();
  old.channel.asleep = false;
  assert.equal(old.yielded, 0);
  old.tabs.ask();
  assert.deepEqual([old.yielded, newer.yielded], [1, 0]);
});

test("the newer one stays when it asks, and so tells the older one, which slept", () => {
  const [old, newer] = [tab(), tab()];
  old.tabs.take();
  old.channel.asleep = true;
  newer.tabs.take();
  old.channel.asleep = false;
  newer.tabs.ask();
  assert.deepEqual([old.yielded, old.tabs.elsewhere, newer.yielded, newer.tabs.elsewhere], [1, true, 0, false]);
});

test("who takes the session last has it, also by a clock that stands still or is set back", () => {
  for (passes of [0, -5]) {
    const [first, second] = [tab(), tab()];
    for (const [takes, yields] of [[first, second], [second, first], [first, second]]) {
      takes.tabs.take();
      assert.deepEqual([takes.tabs.elsewhere, yields.tabs.elsewhere], [false, true]);
    }
    assert.deepEqual([first.yielded, second.yielded], [1, 1]);
    open = [];
  }
});

test("tabs of other sessions, and browsers without channels, are let alone", () => {
  const [first, other] = [tab(), tab("kind-wolf-42")];
  first.tabs.take();
  other.tabs.take();
  assert.deepEqual([first.yielded, other.tabs.elsewhere], [0, false]);
  const alone = new Tabs("x", () => {}, () => {}, null);
  alone.take();
  alone.leave();
});
