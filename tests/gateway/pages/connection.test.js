import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection } from "./connection.js";

const JOIN = { sessionId: "calm-otter-123", targetLanguage: "es" };

/** A page whose server is the test: `socket()` is the newest socket, `wait()` lets the pause before the next one pass. */
function page() {
  const sockets = [];
  const waiting = [];
  const got = { messages: [], states: [] };
  const connect = () => {
    const socket = Object.assign(new EventTarget(), { sent: [], send: (text) => socket.sent.push(JSON.parse(text)) });
    socket.tell = (message) => socket.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
    socket.open = () => socket.dispatchEvent(new Event("open"));
    socket.cut = (code) => socket.dispatchEvent(Object.assign(new Event("close"), { code }));
    socket.joins = () => {
      socket.open();
      socket.tell({ type: "sessionJoined", captions: { id: "c0" }, speech: null });
    };
    sockets.push(socket);
    return socket;
  };
  const connection = new Connection("ws://here/ws", 
    (message) => got.messages.push(message.type), (state) => got.states.push(state),
    connect, (next) => waiting.push(next),
  );
  connection.join({ ...JOIN });
  return { connection, got, sockets, socket: () => sockets.at(-1), wait: () => waiting.shift()(), waiting };
}

test("a lost connection is said, and comes back where it was cut", () => {
  const { got, socket, wait } = page();
  socket().joins();
  socket().tell({ type: "caption", id: "c7" });
  socket().cut(1006);
  assert.equal(got.states.length, 1);
  wait();
  socket().open();
  assert.deepEqual(socket().sent[0].resume, { captions: "c7" });
});

test("silence is said again after every loss, and no longer once it is over", () => {
  const { connection, socket, wait } = page();
  const paused = () => socket().sent.filter(({ action }) => action === "setPlayback").map((each) => each.paused);
  socket().joins();
  connection.setPlayback(true);
  assert.deepEqual(paused(), [true]);
  socket().cut(1006);
  wait();
  socket().joins();
  assert.deepEqual(paused(), [true]);
  connection.setPlayback(false);
  socket().cut(1006);
  wait();
  socket().joins();
  assert.deepEqual(paused(), []);
});

test("a switch that is used while the connection is away is said once it is back", () => {
  const { connection, socket, wait } = page();
  socket().joins();
  socket().cut(1006);
  connection.setPlayback(true);
  connection.change({ targetLanguage: "fr" });
  wait();
  socket().joins();
  assert.deepEqual(socket().sent.map(({ action }) => action), ["joinSession", "setPlayback"]);
  assert.equal(socket().sent[0].targetLanguage, "fr");
});

test("a language chosen before the join is answered follows it", () => {
  const { connection, socket } = page();
  socket().open();
  connection.change({ targetLanguage: "fr" });
  assert.equal(socket().sent.length, 1);
  socket().tell({ type: "sessionJoined" });
  assert.deepEqual(socket().sent[1], { action: "changeLanguage", sessionId: "calm-otter-123", targetLanguage: "fr" });
});

test("ids of the old language are forgotten with it", () => {
  const { connection, socket, wait } = page();
  socket().joins();
  connection.change({ targetLanguage: "fr" });
  socket().tell({ type: "caption", id: "es9" });
  socket().tell({ type: "languageChanged", captions: { id: "fr0" } });
  socket().cut(1006);
  wait();
  socket().open();
  assert.deepEqual(socket().sent[0].resume, { captions: "fr0" });
});

test("after the end nothing is tried again", () => {
  const { got, socket, waiting } = page();
  socket().joins();
  socket().cut(4010);
  assert.deepEqual(got.messages, ["sessionJoined", "sessionEnded"]);
  assert.equal(waiting.length, 0);
});

test("a refused join is not tried again; a refused wish later does not end anything", () => {
  const refused = page();
  refused.socket().open();
  refused.socket().tell({ type: "error", code: "session-full", retryable: false });
  refused.socket().cut(1000);
  assert.equal(refused.waiting.length, 0);
  const joined = page();
  joined.socket().joins();
  joined.socket().tell({ type: "error", code: "language-unavailable", retryable: false });
  joined.socket().cut(1006);
  assert.equal(joined.waiting.length, 1);
});
