import assert from "node:assert/strict";
import { test } from "node:test";

import { Captions, folded } from "./captions.js";

const caption = (segment, revision, final = false) => ({ segment, revision, final, text: `${segment}.${revision}` });

function shown(...taken) {
  const captions = new Captions();
  for (const each of taken) captions.take(each);
  return captions.list().map(({ text }) => text);
}

test("captions are in order of speech, not of arrival", () => {
  assert.deepEqual(shown(caption(32000, 0, true), caption(0, 0, true), caption(16000, 0, true)), ["0.0", "16000.0", "32000.0"]);
});

test("a newer revision replaces an older one, never the other way", () => {
  assert.deepEqual(shown(caption(0, 0), caption(0, 2), caption(0, 1)), ["0.2"]);
});

test("after a final only a higher final counts", () => {
  assert.deepEqual(shown(caption(0, 3, true), caption(0, 9)), ["0.3"]);
  assert.deepEqual(shown(caption(0, 9), caption(0, 3, true)), ["0.3"]);
  assert.deepEqual(shown(caption(0, 3, true), caption(0, 4, true)), ["0.4"]);
});

test("a final removes partials of earlier segments, and later ones of these come too late", () => {
  assert.deepEqual(shown(caption(8000, 0), caption(16000, 0, true), caption(4000, 0)), ["16000.0"]);
});

test("what is filled late takes the place of the hole, its other parts stand between", () => {
  const tile = (segment, revision) => ({ ...caption(segment, revision, true), revised: true });
  const taken = [caption(0, 9, true), caption(16000, 9, true), caption(32000, 0), tile(20000, 12), tile(16000, 11), tile(16000, 10)];
  assert.deepEqual(shown(...taken), ["0.9", "16000.11", "20000.12", "32000.0"]);
});

test("what was read in other words before is corrected, what fills a hole is not", () => {
  const captions = new Captions();
  const revised = (segment, revision) => ({ ...caption(segment, revision, true), revised: true });
  captions.take(caption(0, 9, true));
  captions.take({ ...caption(16000, 9, true), text: "", outcome: "skipped" });
  for (const each of [revised(0, 10), revised(0, 11), revised(16000, 10)]) captions.take(each);
  const marks = captions.list().map(({ text, late, corrected }) => [text, late, corrected]);
  assert.deepEqual(marks, [["0.11", true, true], ["16000.10", true, false]]);
});

test("what was read in another language stays until the new one comes, or shows live that it does not", () => {
  const captions = new Captions();
  const hole = { ...caption(0, 9, true), text: "", outcome: "skipped" };
  const texts = () => captions.list().map(({ text }) => text);
  captions.change();
  assert.equal(captions.old, false, "there was nothing");
  for (const segment of [0, 16000]) captions.take(caption(segment, 9, true));
  for (let times = 2; times--; ) {
    captions.change();
    captions.take(hole);
    assert.deepEqual([captions.old, texts()], [true, ["0.9", "16000.9"]], "a hole of the history is no news");
  }
  captions.take({ ...hole, segment: 16000, revision: 10, outcome: "withdrawn" });
  assert.deepEqual(texts(), ["0.9"], "what is taken back goes in every language");
  captions.take(caption(32000, 0));
  assert.deepEqual([captions.old, texts().filter(Boolean)], [false, ["32000.0"]]);
  captions.change();
  captions.take({ ...hole, segment: 48000 }, true);
  assert.deepEqual([captions.old, texts()], [false, [""]]);
  captions.take(caption(64000, 0));
  captions.change();
  captions.clear();
  assert.deepEqual([captions.old, texts()], [false, []]);
});

test("the oldest go when there are too many, but none while someone reads them", () => {
  const captions = new Captions();
  const take = (first, last) => {
    for (let n = first; n < last; n += 1) captions.take(caption(n * 16000, 0, true));
  };
  take(0, 501);
  assert.deepEqual([captions.list().length, captions.list()[0].segment], [500, 16000]);
  captions.held = true;
  take(501, 700);
  assert.equal(captions.list()[0].segment, 16000);
  captions.held = false;
  take(700, 701);
  assert.deepEqual([captions.list().length, captions.list().at(-1).segment], [500, 700 * 16000]);
});

test("neighbours that are missing for the same reason are one hole", () => {
  const hole = (segment, reason) => ({ segment, outcome: "skipped", reason });
  const list = [hole(0, "no-audience"), hole(1, "no-audience"), { segment: 2, text: "a" }, hole(3, "no-audience"), hole(4, "deadline"), hole(5, "deadline")];
  assert.deepEqual(folded(list).map(({ segment }) => segment), [0, 2, 3, 4]);
});

const SPAN = 16000;
const said = (segment, until, text, more = {}) => ({ segment, until, text, final: true, revision: until - segment, outcome: "ok", reason: "", ...more });
const hole = (segment, until, reason = "jump") => said(segment, until, "", { outcome: "skipped", reason });
const tile = (segment, until, text) => said(segment, until, text, { revised: true, revision: 9 * SPAN });

function outline(...taken) {
  const captions = new Captions();
  for (const each of taken) captions.take(each);
  return captions.list().map(({ segment, until, text, reason }) => [segment / SPAN, until / SPAN, text || reason]);
}

const BEFORE = said(0, SPAN, "before");
const HOLE = hole(SPAN, 4 * SPAN);
const AFTER = said(4 * SPAN, 5 * SPAN, "after");

test("what is left of a hole that is filled in part is one with its reason", () => {
  const one = tile(SPAN, 2 * SPAN, "one");
  const two = tile(2 * SPAN, 3 * SPAN, "two");
  const three = tile(3 * SPAN, 4 * SPAN, "three");
  const around = (...middle) => [[0, 1, "before"], ...middle, [4, 5, "after"]];
  assert.deepEqual(outline(BEFORE, HOLE, AFTER, one), around([1, 2, "one"], [2, 4, "jump"]));
  assert.deepEqual(outline(BEFORE, HOLE, AFTER, two), around([1, 4, "jump"], [2, 3, "two"], [3, 4, "jump"]));
  assert.deepEqual(outline(BEFORE, HOLE, AFTER, three), around([1, 4, "jump"], [3, 4, "three"]));
  assert.deepEqual(outline(BEFORE, HOLE, AFTER, one, three), around([1, 2, "one"], [2, 3, "jump"], [3, 4, "three"]));
  assert.deepEqual(outline(BEFORE, HOLE, AFTER, one, three, two), around([1, 2, "one"], [2, 3, "two"], [3, 4, "three"]));
  assert.deepEqual(outline(BEFORE, HOLE, one), [[0, 1, "before"], [1, 2, "one"], [2, 4, "jump"]]);
  assert.deepEqual(outline(BEFORE, one, AFTER, HOLE), around([1, 2, "one"], [2, 4, "jump"])); // it came behind what fills it
});

test("the rest that cannot be filled has a reason of its own, and the oldest rests go with what is around them", () => {
  const lost = { ...hole(2 * SPAN, 4 * SPAN, "retention"), revised: true, revision: 9 * SPAN };
  assert.deepEqual(outline(HOLE, tile(SPAN, 2 * SPAN, "one"), lost), [[1, 2, "one"], [2, 4, "retention"]]);
  const captions = new Captions();
  for (const each of [HOLE, tile(SPAN, 2 * SPAN, "one")]) captions.take(each);
  for (let n = 4; n < 504; n += 1) captions.take(said(n * SPAN, (n + 1) * SPAN, "a"));
  assert.equal(captions.list().length, 500);
  captions.clear();
  captions.take(said(3 * SPAN, 3 * SPAN + 1, "b"));
  assert.equal(captions.list().length, 1);
});

test("who comes back and is given what fills a hole, but not the hole, is told that there is a rest", () => {
  const entry = (caption, id, previous) => ({ ...caption, id, previous });
  const old = entry(tile(0, SPAN, "old"), "1-0", "1-0"); // of the time before the history
  const first = entry(said(2 * SPAN, 3 * SPAN, "first"), "2-0", "1-0");
  const one = entry(tile(3 * SPAN, 4 * SPAN, "one"), "3-0", "2-0");
  const three = entry(tile(5 * SPAN, 6 * SPAN, "three"), "3-0", "3-0");
  const after = entry(said(7 * SPAN, 8 * SPAN, "after"), "7-0", "3-0");
  const expected = [[0, 1, "old"], [2, 3, "first"], [3, 4, "one"], [4, 5, ""], [5, 6, "three"], [6, 7, ""], [7, 8, "after"]];
  assert.deepEqual(outline(old, first, one, three, after), expected);
  assert.deepEqual(outline(first, entry(said(4 * SPAN, 5 * SPAN, "behind a loss"), "4-0", "3-0")).length, 2);
  assert.deepEqual(outline(first, entry(hole(3 * SPAN, 5 * SPAN), "3-0", "2-0"), one, after).map(([, , what]) => what), ["first", "one", "jump", "", "after"]);
});

test("where nobody says how far a caption reaches nothing is taken for missing", () => {
  const entries = [1, 2, 4].map((n) => ({ ...said(n * SPAN, undefined, "a"), id: `${n}`, previous: n === 4 ? "2" : `${n - 1}` }));
  assert.equal(outline(...entries).length, 3);
});

test("late is what was missing on this page, or otherwise, and what came after its time", () => {
  const captions = new Captions();
  const take = (...taken) => taken.forEach((each) => captions.take(each));
  const late = () => captions.list().filter((each) => each.late).map(({ text }) => text);
  take(tile(0, SPAN, "with the history"), said(SPAN, 2 * SPAN, "said"), hole(2 * SPAN, 4 * SPAN));
  assert.deepEqual(late(), []);
  take(tile(2 * SPAN, 3 * SPAN, "of a hole"), tile(3 * SPAN, 4 * SPAN, "its rest"));
  take(said(4 * SPAN, 5 * SPAN, "on time"), { ...tile(5 * SPAN, 6 * SPAN, "by itself"), late: true });
  take({ ...tile(SPAN, 2 * SPAN, "corrected"), revision: 99 * SPAN }, tile(6 * SPAN, 7 * SPAN, "caught up"));
  assert.deepEqual(late(), ["corrected", "of a hole", "its rest", "by itself"]);
  captions.clear();
  take(tile(2 * SPAN, 3 * SPAN, "of another language"));
  assert.deepEqual(late(), []);
});
