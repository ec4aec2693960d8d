import assert from "node:assert/strict";
import { test } from "node:test";

import { Player } from "./player.js";

test("after a call took the sound of a phone away, a tap brings its media element back, too, unless in pause", () => {
  const element = { stands: true, play() { this.stands = false; return Promise.resolve(); } };
  Object.defineProperty(globalThis, "navigator", { value: { audioSession: {} }, configurable: true });
  globalThis.Audio = function () { return element; };
  globalThis.GainNode = class { connect() {} };
  const context = Object.assign(new EventTarget(), {
    createMediaStreamDestination: () => ({ stream: "sound" }), resume: () => Promise.resolve(), suspend() {},
  });
  const player = new Player(() => {}, () => {}, () => context);
  player.revive();
  assert.ok(element.stands, "there is nothing to hear yet");
  player.unlock();
  element.stands = true;
  player.revive();
  assert.ok(!element.stands);
  element.stands = true;
  player.pause();
  player.revive();
  assert.ok(element.stands);
  player.resume();
  assert.ok(!element.stands);
});
