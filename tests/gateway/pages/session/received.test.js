import assert from "node:assert/strict";
import { test } from "node:test";

import { Received } from "./received.js";

/** A listener that has seen captions up to c3, and what it was told besides. */
function listener() {
  const said = [];
  const received = new Received((message) => said.push(message));
  const take = (message) => {
    const live = received.take(message);
    received.told(message);
    return live;
  };
  const joins = (id, recovered) => {
    const asked = received.resume();
    take({ type: "sessionJoined", captions: { id, recovered }, speech: null });
    return asked;
  };
  const caption = (n) => take({ type: "caption", id: `c${n}`, previous: n ? `c${n - 1}` : "" });
  const revised = (revisionId, at) => take({ type: "caption", id: at, previous: at, revised: true, revisionId });
  return { said, take, joins, caption, revised, received };
}

test("captions of the history are not live, those after them are", () => {
  const { joins, caption, said } = listener();
  joins("c3", false);
  assert.deepEqual([2, 3, 4].map(caption), [false, false, true]);
  assert.deepEqual(said, []);
});

test("without a history the first caption is live", () => {
  const { joins, caption } = listener();
  joins("c3", false);
  assert.equal(caption(4), true);
});

test("what was caught up is said once the last of it is there", () => {
  const { joins, caption, said } = listener();
  joins("", false);
  [0, 1].forEach(caption);
  assert.deepEqual(joins("c4", true), { captions: "c1" });
  [2, 3].forEach(caption);
  assert.deepEqual(said, []);
  caption(4);
  assert.deepEqual(said, [{ type: "recovered", captions: 3 }]);
  caption(5);
  assert.equal(said.length, 1);
});

test("nothing missed is said, too", () => {
  const { joins, caption, said } = listener();
  joins("", false);
  caption(0);
  joins("c0", true);
  assert.deepEqual(said, [{ type: "recovered", captions: 0 }]);
});

test("what is revised after its time is not live, breaks no chain, and is where to go on", () => {
  const { joins, caption, revised, said, received } = listener();
  joins("", false);
  [0, 1].forEach(caption);
  assert.equal(revised("r1", "c1"), false);
  assert.equal(caption(2), true);
  assert.equal(revised("r2", "c2"), false);
  assert.deepEqual(received.resume(), { captions: "c2", revisions: "r2" });
  assert.deepEqual(said, []);
});

test("the last revision before the join is where to go on; one that stands for an entry is none", () => {
  const { take, caption, revised, received, said } = listener();
  take({ type: "sessionJoined", captions: { id: "c2", recovered: false, revisions: "r9" }, speech: null });
  caption(0);
  assert.equal(take({ type: "caption", id: "c1", previous: "c0", revised: true, revisionId: "r3" }), false);
  assert.equal(caption(2), false);
  assert.deepEqual(received.resume(), { captions: "c2", revisions: "r9" });
  take({ type: "sessionJoined", captions: { id: "c4", recovered: true, revisions: "r12" }, speech: null });
  caption(3);
  take({ type: "caption", id: "c4", previous: "c3", revised: true, revisionId: "r11" });
  assert.deepEqual(said, [{ type: "recovered", captions: 2 }]);
  revised("r12", "c4");
  assert.deepEqual(received.resume(), { captions: "c4", revisions: "r12" });
  take({ type: "languageChanged", captions: { id: "d5", recovered: false }, speech: null });
  assert.deepEqual(received.resume(), { captions: "d5" });
});

test("late is what was revised since the page joined, by either count", () => {
  const { take } = listener();
  const late = (revisionId) => {
    const message = { type: "caption", id: "c1", previous: "c1", revised: true, revisionId };
    take(message);
    return message.late;
  };
  const joins = (type, revisions) => take({ type, captions: { id: "c1", recovered: false, revisions }, speech: null });
  joins("sessionJoined", "100-90");
  assert.deepEqual(["99-0", "100-90", "101-0", "0-91"].map(late), [false, false, true, true]);
  joins("languageChanged", "0-0");
  assert.deepEqual(["0-0", "99-0"].map(late), [false, true]);
  take({ type: "languageChanged", captions: { id: "c1", recovered: true, revisions: "200-0" }, speech: null });
  assert.equal(late("100-0"), true);
  joins("sessionJoined", "200-0");
  assert.equal(late("100-0"), false);
});

test("a revision before there is any history is where to go on, too", () => {
  const { joins, revised, received } = listener();
  joins("", false);
  assert.equal(revised("r1", ""), false);
  assert.deepEqual(received.resume(), { revisions: "r1" });
});

test("a history that is gone is a loss, and nothing was recovered", () => {
  const { joins, caption, said } = listener();
  joins("", false);
  caption(0);
  joins("c9", false);
  [8, 9].forEach(caption);
  assert.deepEqual(said, [{ type: "missed", product: "captions" }]);
});

test("a channel that stays keeps its place, another one begins anew", () => {
  const { joins, caption, take, said, received } = listener();
  joins("", false);
  caption(0);
  take({ type: "languageChanged", captions: { id: "c0", recovered: true }, speech: { id: "s7", recovered: false } });
  assert.deepEqual(received.resume(), { captions: "c0", speech: "s7" });
  take({ type: "languageChanged", captions: { id: "d5", recovered: false }, speech: null });
  assert.equal(take({ type: "caption", id: "d5", previous: "d4" }), false);
  assert.deepEqual(received.resume(), { captions: "d5" });
  assert.deepEqual(said, []);
});

test("who had heard nothing yet is told of the speech that was made while it was away, once, and not of captions", () => {
  const { take, said, received } = listener();
  const joins = (captions, speech) => take({ type: "sessionJoined", captions: { id: captions, recovered: false }, speech });
  joins("", { id: "", recovered: false });
  joins("", { id: "", recovered: false });
  assert.deepEqual(said, []);
  joins("c0", { id: "s1", recovered: false });
  assert.deepEqual(said, [{ type: "missed", product: "speech" }]);
  assert.deepEqual(received.resume(), { captions: "c0", speech: "s1" });
});

test("speech that was not wanted is not missed when it is wanted again", () => {
  const { take, said } = listener();
  const joins = (speech) => take({ type: "sessionJoined", captions: null, speech });
  for (const speech of [{ id: "s1", recovered: false }, null, { id: "s9", recovered: false }]) joins(speech);
  assert.deepEqual(said, []);
});
