import assert from "node:assert/strict";
import { test } from "node:test";

import { Ways } from "./ways.js";

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** `opens` says for each way that is tried whether it works; `tried` are the ways so far. */
function ways() {
  const [tried, waiting, back] = [[], [], []];
  const answers = { next: false };
  const made = new Ways(() => back.push("back"), {
    socket: () => tried.push("socket"),
    stream: () => tried.push("stream"),
    answers: async () => answers.next,
    later: (next, ms) => waiting.push({ next, ms }),
  });
  const open = (works) => {
    made.connect("ws://here/ws");
    made.stated(works ? "joined" : "lost");
  };
  const fails = (times) => { for (let n = 0; n < times; n += 1) open(false); };
  return { made, tried, waiting, back, answers, open, fails };
}

test("after three sockets that never opened captions come by a stream", () => {
  const { made, tried, open, fails } = ways();
  fails(3);
  assert.equal(made.hindered, false);
  open(true);
  assert.deepEqual(tried, ["socket", "socket", "socket", "stream"]);
  assert.equal(made.hindered, true);
});

test("a socket that worked and is lost is not one that never opened", () => {
  const { made, tried, open } = ways();
  for (let n = 0; n < 5; n += 1) {
    open(true);
    made.stated("lost");
  }
  assert.deepEqual(new Set(tried), new Set(["socket"]));
});

test("after one worked it takes a minute of failures: the gateway may be away", () => {
  const { tried, open, fails } = ways();
  open(true);
  fails(12);
  assert.ok(!tried.includes("stream"));
  open(true);
  assert.equal(tried.at(-1), "stream");
});

test("openings that the page gives up itself do not count", () => {
  const { made, tried } = ways();
  for (let n = 0; n < 5; n += 1) made.connect("ws://here/ws");
  assert.deepEqual(new Set(tried), new Set(["socket"]));
});

test("where a stream fails, too, sockets have their turn", () => {
  const { tried, fails, open } = ways();
  fails(7);
  assert.deepEqual(tried.slice(3), ["stream", "socket", "stream", "socket"]);
  open(true);
  assert.equal(tried.at(-1), "stream");
});

test("a stream that is lost comes back as a stream", () => {
  const { made, tried, open, fails } = ways();
  fails(3);
  open(true);
  made.stated("lost");
  open(true);
  assert.deepEqual(tried.slice(3), ["stream", "stream"]);
});

test("once the session is over nothing is tried any more", async () => {
  const { made, waiting, answers, back, open, fails } = ways();
  fails(3);
  open(true);
  answers.next = true;
  made.rest();
  await waiting.shift().next();
  assert.deepEqual([back, waiting], [[], []]);
});

test("sockets are tried on, more and more seldom, and the page goes back to one that answers", async () => {
  const { made, tried, waiting, back, answers, open, fails } = ways();
  fails(3);
  open(true);
  const pauses = [];
  for (let n = 0; n < 6; n += 1) {
    const { next, ms } = waiting.shift();
    pauses.push(ms / 1000);
    await next();
  }
  assert.deepEqual(pauses, [15, 30, 60, 120, 240, 300]);
  assert.deepEqual(back, []);
  answers.next = true;
  await waiting.shift().next();
  assert.deepEqual([back, waiting], [["back"], []]);
  open(true);
  assert.deepEqual([tried.at(-1), made.hindered], ["socket", false]);
  await settled();
});
