import assert from "node:assert/strict";
import { test } from "node:test";

import { needsElement, outputOf } from "./output.js";
import { showMedia, showPlaying } from "./media_session.js";

const context = { destination: "speakers", createMediaStreamDestination: () => ({ stream: "sound" }) };

test("an iPhone plays through a media element, which its mute switch lets be", () => {
  const element = { played: 0, play() { this.played += 1; return Promise.resolve(); } };
  const phone = { audioSession: { type: "auto" }, userAgent: "" };
  const output = outputOf(context, phone, () => element);
  output.play();
  assert.equal(output.node.stream, "sound");
  assert.deepEqual([phone.audioSession.type, element.srcObject, element.played], ["playback", "sound", 1]);
  assert.ok(needsElement({ userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X)" }));
});

test("elsewhere sound goes out as it is", () => {
  assert.equal(outputOf(context, { userAgent: "Mozilla/5.0 (X11; Linux x86_64)" }).node, "speakers");
});

test("a locked phone shows what is heard, and its buttons do what the page's do", () => {
  const handlers = {};
  const browser = { mediaSession: { setActionHandler(action, act) { if (action === "stop") throw new TypeError(); handlers[action] = act; } } };
  class Metadata { constructor(told) { Object.assign(this, told); } }
  showMedia({ title: "A talk", language: "español" }, { pause: () => "pauses", resume: () => "goes on" }, browser, Metadata);
  assert.deepEqual({ ...browser.mediaSession.metadata }, { title: "A talk", artist: "español", album: "Dragoman" });
  assert.deepEqual([handlers.play(), handlers.pause()], ["goes on", "pauses"]);
  showPlaying(false, browser);
  assert.equal(browser.mediaSession.playbackState, "paused");
  showMedia({}, {}, {});
  showPlaying(true, {});
});
