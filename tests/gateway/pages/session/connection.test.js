import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection, DEADLINE_MS } from "./connection.js";

const JOIN = { sessionId: "calm-otter-123", targetLanguage: "es" };

/**
 * A page whose server is the test: `socket()` is the newest socket, `wait()` lets the pause before the next one pass, and
 * `tooLong()` the time that the newest one is given to join.
 */
function page() {
  const sockets = [];
  const waiting = [];
  const deadlines = [];
  const got = { messages: [], states: [] };
  const connect = () => {
    const socket = Object.assign(new EventTarget(), { sent: [], send: (text) => socket.sent.push(JSON.parse(text)) });
    socket.tell = (message) => socket.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
    socket.open = () => socket.dispatchEvent(new Event("open"));
    socket.cut = (code) => socket.dispatchEvent(Object.assign(new Event("close"), { code }));
    socket.joins = () => {
      socket.open();
      socket.tell({ type: "sessionJoined", captions: { id: "c0", recovered: sockets.length > 1 }, speech: null });
    };
    socket.close = () => socket.cut(1000);
    sockets.push(socket);
    return socket;
  };
  const connection = new Connection("ws://here/ws", 
    (message) => got.messages.push(message.type), (state) => got.states.push(state),
    connect, (next, ms) => (ms === DEADLINE_MS ? deadlines : waiting).push(Object.assign(next, { ms })),
  );
  connection.join({ ...JOIN });
  return { connection, got, sockets, socket: () => sockets.at(-1), wait: () => waiting.shift()(), waiting, tooLong: () => deadlines.at(-1)() };
}

test("a lost connection is said, and comes back where it was cut", () => {
  const { got, socket, wait } = page();
  socket().joins();
  socket().tell({ type: "caption", id: "c7" });
  socket().cut(1006);
  assert.deepEqual(got.states, ["connecting", "joined", "lost"]);
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
  assert.deepEqual(socket().sent.map(({ action }) => action), ["joinSession", "setPlayback", "heartbeat"]);
  assert.equal(socket().sent[0].targetLanguage, "fr");
});

test("a language chosen before the join is answered follows it", () => {
  const { connection, socket } = page();
  socket().open();
  connection.change({ targetLanguage: "fr" });
  assert.equal(socket().sent.length, 1);
  socket().tell({ type: "sessionJoined" });
  assert.deepEqual(socket().sent[1], {
    action: "changeLanguage", requestId: 1, sessionId: "calm-otter-123", history: 20, targetLanguage: "fr",
  });
});

test("ids of the old language are forgotten with it", () => {
  const { connection, socket, wait } = page();
  socket().joins();
  connection.change({ targetLanguage: "fr" });
  socket().tell({ type: "caption", id: "es9" });
  socket().tell({ type: "languageChanged", requestId: 1, captions: { id: "fr0" } });
  socket().cut(1006);
  wait();
  socket().open();
  assert.deepEqual(socket().sent[0].resume, { captions: "fr0" });
});

test("nor do ids of one voice mean anything in another", () => {
  const { connection, socket, wait } = page();
  socket().joins();
  socket().tell({ type: "translatedAudio", id: "es9" });
  connection.change({ voice: "male" });
  socket().cut(1006);
  wait();
  socket().open();
  assert.deepEqual([socket().sent[0].voice, socket().sent[0].resume], ["male", {}]);
});

test("a join again in another language, or voice, knows no ids; in the same one it goes on", () => {
  for (const [chosen, resume] of [[{}, { captions: "c7" }], [{ targetLanguage: "fr" }, {}], [{ captionLanguage: "ca" }, {}], [{ voice: "male" }, {}]]) {
    const { connection, socket } = page();
    socket().joins();
    socket().tell({ type: "caption", id: "c7" });
    connection.leave();
    connection.join({ ...JOIN, ...chosen });
    socket().open();
    assert.deepEqual(socket().sent[0].resume, resume);
  }
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

test("a gateway that goes away is left when it asks for that, and another one is asked at once", () => {
  const { socket, wait, waiting } = page();
  socket().joins();
  socket().tell({ type: "caption", id: "c7", previous: "c0" });
  socket().tell({ type: "reconnect", afterMs: 700 });
  assert.equal(waiting[0].ms, 700);
  wait();
  assert.equal(waiting[0].ms, 0);
  wait();
  socket().open();
  assert.deepEqual(socket().sent[0].resume, { captions: "c7" });
});

test("what is lost is said: a caption that never came, and a history that is gone", () => {
  const { got, socket, wait } = page();
  socket().joins();
  socket().tell({ type: "caption", id: "c7", previous: "c6" });
  socket().tell({ type: "caption", id: "c9", previous: "c8" });
  assert.deepEqual(got.messages.slice(1), ["caption", "missed", "caption"]);
  socket().cut(1006);
  wait();
  socket().open();
  socket().tell({ type: "sessionJoined", captions: { id: "d3", recovered: false }, speech: null });
  assert.deepEqual(got.messages.slice(4), ["missed", "sessionJoined"]);
});

test("the table of close codes says whether and when to come back", () => {
  for (const [code, least] of [[1012, 0], [1006, 100], [4029, 5000]]) {
    const { socket, waiting } = page();
    socket().joins();
    socket().cut(code);
    assert.ok(waiting[0].ms >= least);
    assert.equal(waiting[0].ms === 0, code === 1012);
  }
  for (const code of [1007, 1009, 4001, 4003, 4009]) {
    const { socket, waiting } = page();
    socket().joins();
    socket().cut(code);
    assert.equal(waiting.length, 0);
  }
});

test("a network that swallows everything is given up after a while, whether the socket opens or not", () => {
  for (const opens of [false, true]) {
    const { got, socket, sockets, tooLong, wait } = page();
    if (opens) socket().open();
    tooLong();
    assert.deepEqual(got.states, ["connecting", "lost"]);
    wait();
    socket().joins();
    sockets[0].cut(1006); // at last
    tooLong();
    assert.deepEqual(got.states, ["connecting", "lost", "connecting", "joined"]);
  }
});

test("a ticket that never comes is waited for no longer than a socket", async () => {
  const { connection, got, sockets, tooLong, waiting } = page();
  const tickets = [];
  connection.ticket = () => new Promise((resolve) => tickets.push(resolve));
  connection.join({ ...JOIN });
  tooLong();
  assert.deepEqual([got.states.at(-1), waiting.length], ["lost", 1]);
  tickets[0]("late");
  await null;
  assert.equal(sockets.length, 1); // the one that was opened without a ticket
});

test("a refused join is not given up a second time", () => {
  const { got, socket, tooLong, waiting } = page();
  socket().open();
  socket().tell({ type: "error", code: "session-full", retryable: false });
  tooLong();
  assert.deepEqual([got.states, waiting.length], [["connecting"], 0]);
});

test("a network that is back opens a socket at once, even while another one is opening", () => {
  const { connection, sockets, socket } = page();
  connection.retry();
  assert.equal(sockets.length, 2);
  sockets[0].open();
  assert.deepEqual(sockets[0].sent, []);
  socket().joins();
  connection.retry();
  assert.equal(sockets.length, 2);
});

test("a second join takes the place of the first", () => {
  const { connection, got, socket, sockets, waiting } = page();
  connection.join({ ...JOIN });
  sockets[0].joins();
  assert.deepEqual([got.messages, waiting.length], [[], 0]);
  socket().joins();
  assert.deepEqual(got.messages, ["sessionJoined"]);
});

test("a server that asks for a pause gets it, even when the network comes back meanwhile", () => {
  const { connection, got, sockets, socket, waiting } = page();
  socket().open();
  socket().tell({ type: "error", code: "rate-limited", retryable: true, retryAfterMs: 30_000 });
  assert.ok(waiting[0].ms >= 30_000);
  assert.equal(got.states.at(-1), "busy");
  connection.retry();
  assert.equal(sockets.length, 1);
});

test("a pause that is asked for in place of a ticket is kept, too", async () => {
  const { connection, got, waiting } = page();
  connection.ticket = () => Promise.reject(Object.assign(new Error(), { retryAfterMs: 20_000 }));
  connection.join({ ...JOIN });
  await new Promise((resolve) => setTimeout(resolve));
  assert.ok(waiting[0].ms >= 20_000);
  assert.equal(got.states.at(-1), "busy");
});

test("one that was left says and does nothing more", () => {
  const { connection, got, socket, sockets, waiting } = page();
  socket().joins();
  const before = { ...got, messages: [...got.messages] };
  connection.leave();
  sockets[0].cut(4010);
  connection.retry();
  assert.deepEqual([got, sockets.length, waiting.length], [before, 1, 0]);
});

test("who comes back says who it is", () => {
  const { socket, wait } = page();
  socket().open();
  assert.deepEqual(socket().sent[0].resume, {});
  socket().tell({ type: "sessionJoined", captions: null, speech: null, listener: "me.signed" });
  socket().cut(1006);
  wait();
  socket().open();
  assert.deepEqual(socket().sent[0].resume, { listener: "me.signed" });
});

test("only who leaves on purpose says so", () => {
  const { connection, socket, sockets, wait, waiting } = page();
  const left = () => sockets.flatMap(({ sent }) => sent).filter(({ action }) => action === "leaveSession");
  socket().joins();
  socket().cut(1006);
  wait();
  socket().open();
  connection.join({ ...JOIN });
  socket().joins();
  assert.deepEqual(left(), []);
  connection.leave();
  assert.deepEqual(left(), [{ action: "leaveSession", sessionId: "calm-otter-123" }]);
  assert.equal(waiting.length, 0);
  connection.leave();
  assert.equal(left().length, 1);
});
