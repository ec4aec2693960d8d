import assert from "node:assert/strict";
import { test } from "node:test";

import { Preferences, SIZES_REM, changes, wish } from "./preferences.js";

/** A storage like the browser's. */
function storage(kept = {}) {
  return { getItem: (key) => kept[key] ?? null, setItem: (key, value) => { kept[key] = value; } };
}

test("what was chosen is there the next time", () => {
  const kept = storage();
  new Preferences(kept).set({ language: "es", colours: "high", volume: 0.5, original: true, voice: "male", catchUp: false });
  const { language, colours, volume, original, mode, voice, catchUp } = new Preferences(kept);
  assert.deepEqual([language, colours, volume, original, mode, voice, catchUp], ["es", "high", 0.5, true, "fast", "male", false]);
});

test("what another version kept, or nobody can read, is passed over", () => {
  for (const saved of ["not JSON", "null", '{"size": 99, "colours": "pink", "volume": "loud", "mode": 7, "voice": "robot"}']) {
    const { size, colours, volume, mode, voice } = new Preferences(storage({ "dragoman.listen": saved }));
    assert.deepEqual([size, colours, volume, mode, voice], [2, "plain", 1, "fast", ""]);
  }
});

test("without a storage choices hold until the page is closed", () => {
  const forbidden = () => { throw new Error("forbidden"); };
  const preferences = new Preferences({ getItem: forbidden, setItem: forbidden });
  preferences.set({ size: 4 });
  assert.equal(preferences.size, 4);
});

test("sizes end where there is no other", () => {
  const preferences = new Preferences(storage());
  for (let n = 0; n < 20; n += 1) preferences.resize(1);
  assert.equal(preferences.size, SIZES_REM.length - 1);
  for (let n = 0; n < 20; n += 1) preferences.resize(-1);
  assert.equal(preferences.size, 0);
});

test("one language may be heard and another one read, if it can be had", () => {
  const chosen = { language: "es", reads: "ca", shows: "both", mode: "fast", voice: "male" };
  const wanted = { targetLanguage: "es", captionLanguage: "ca", audio: true, captions: true, mode: "fast", voice: "male" };
  assert.deepEqual(wish(chosen, ["en", "es", "ca"]), wanted);
  assert.equal(wish(chosen, ["en", "es"]).captionLanguage, "");
});

test("captions only asks for no speech, and speech only for no captions", () => {
  const asked = (shows) => wish({ language: "es", reads: "", shows, mode: "steady" }, []);
  assert.deepEqual([asked("captions").audio, asked("captions").captions], [false, true]);
  assert.deepEqual([asked("speech").audio, asked("speech").captions], [true, false]);
});

test("only what changed is asked for", () => {
  const wanted = wish({ language: "es", reads: "", shows: "both", mode: "steady" }, []);
  assert.deepEqual(changes(wanted, ["mode"]), { mode: "steady" });
  assert.deepEqual(changes({ ...wanted, voice: "female" }, ["voice"]), { voice: "female" });
  assert.deepEqual(changes(wanted, ["size", "colours"]), {});
});
