import assert from "node:assert/strict";
import { test } from "node:test";

import { Speaker } from "./speaker.js";

const CREATED = { type: "sessionCreated", sessionId: "calm-otter-123", speakerToken: "secret", position: 0 };
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A page whose gateway is the test: `socket()` is the newest, `pass(ms)` lets time go by. */
function page() {
  const sockets = [];
  const waiting = [];
  const got = { heard: [], line: [], tickets: [] };
  const clock = { ms: 0, leastMs: 0 };
  const around = {
    protocols: async () => [`ticket.t${sockets.length}`],
    now: () => clock.ms,
    later: (next, ms) => waiting.push({ next, at: clock.ms + Math.max(ms, clock.leastMs) }),
    connect([ticket]) {
      got.tickets.push(ticket);
      const socket = Object.assign(new EventTarget(), { actions: [], positions: [], closed: false });
      socket.send = (message) => {
        if (typeof message === "string") socket.actions.push(JSON.parse(message));
        else socket.positions.push(Number(new DataView(message.buffer).getBigUint64(0)));
      };
      socket.close = () => (socket.closed = true);
      socket.open = () => socket.dispatchEvent(new Event("open"));
      socket.tell = (message) => socket.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
      socket.cut = (code) => socket.dispatchEvent(Object.assign(new Event("close"), { code }));
      sockets.push(socket);
      return socket;
    },
  };
  const speaker = new Speaker((message) => got.heard.push(message.type), (...how) => got.line.push(how.filter(Boolean).join(" ")), around);
  async function pass(ms) {
    const until = clock.ms + ms;
    for (;;) {
      waiting.sort((a, b) => a.at - b.at);
      if (!waiting.length || waiting[0].at > until) break;
      const { next, at } = waiting.shift();
      clock.ms = at;
      next();
      await settled();
    }
    clock.ms = until;
  }
  return { speaker, got, sockets, socket: () => sockets.at(-1), pass, slow: (ms) => (clock.leastMs = ms) };
}

/** A page with a session; `say(n)` speaks so many frames. */
async function live() {
  const here = page();
  const created = here.speaker.create({ sourceLanguage: "en" });
  await settled();
  here.socket().open();
  here.socket().tell(CREATED);
  await created;
  here.say = (frames) => {
    for (let n = 0; n < frames; n += 1) here.speaker.add(new Int16Array(1600), 0);
  };
  here.resumes = async (position) => {
    await settled();
    here.socket().open();
    here.socket().tell({ type: "sessionResumed", sessionId: "calm-otter-123", position, state: "live" });
  };
  return here;
}

test("what was said before the session is open is its beginning", async () => {
  const { speaker, socket } = page();
  speaker.create({ sourceLanguage: "en" });
  await settled();
  speaker.add(new Int16Array(1600), 0);
  socket().open();
  assert.deepEqual(socket().positions, []);
  socket().tell(CREATED);
  assert.deepEqual(socket().positions, [0]);
});

test("a lost connection comes back with a new ticket, and says again what is not durable", async () => {
  const { got, socket, say, pass, resumes } = await live();
  say(3);
  socket().tell({ type: "audioAccepted", position: 1600 });
  socket().cut(1006);
  say(2);
  await pass(400);
  await resumes(1600);
  assert.deepEqual(socket().actions[0].speakerToken, "secret");
  assert.deepEqual(socket().positions, [1600, 3200, 4800, 6400]);
  assert.deepEqual(got.line, ["open", "lost", "open"]);
  assert.deepEqual(got.tickets, ["ticket.t0", "ticket.t1"]);
});

test("a socket on which nothing comes any more is given up", async () => {
  const { got, sockets, say, pass } = await live();
  say(1);
  await pass(21_000);
  assert.ok(sockets[0].actions.some(({ action }) => action === "heartbeat"));
  assert.ok(sockets[0].closed);
  assert.ok(got.line.includes("lost"));
});

test("a gateway that goes away is left when it asks for that, and another one is asked at once", async () => {
  const { sockets, socket, pass, resumes } = await live();
  socket().tell({ type: "reconnect", afterMs: 700 });
  await pass(699);
  assert.equal(sockets.length, 1);
  await pass(1);
  assert.equal(sockets.length, 2);
  assert.ok(sockets[0].closed);
  await resumes(0);
});

test("a speaker who was replaced stays away and says so, as after every close that is final", async () => {
  for (const code of [4009, 4001, 1007, 1009]) {
    const { got, sockets, socket, pass } = await live();
    socket().cut(code);
    await pass(60_000);
    assert.equal(sockets.length, 1);
    assert.deepEqual(got.line, ["open", `over ${code}`]);
  }
});

test("a busy gateway is left alone for a while", async () => {
  const { sockets, socket, pass } = await live();
  socket().cut(4029);
  await pass(4999);
  assert.equal(sockets.length, 1);
  await pass(1000);
  assert.equal(sockets.length, 2);
});

test("a gateway that says for how long it is busy is left alone for so long", async () => {
  const { sockets, socket, pass, resumes } = await live();
  socket().tell({ type: "error", code: "rate-limited", message: "…", retryable: true, retryAfterMs: 12_000 });
  socket().cut(4029);
  await pass(11_999);
  assert.equal(sockets.length, 1);
  await pass(1000);
  assert.equal(sockets.length, 2);
  await resumes(0);
  socket().cut(4029);
  await pass(11_000);
  assert.equal(sockets.length, 3);
});

test("the end is said behind the last word; the line stays until the gateway closes it", async () => {
  const { speaker, got, sockets, socket, say, pass } = await live();
  say(1);
  const ended = speaker.end();
  const asked = () => socket().actions.find(({ action }) => action === "endSession");
  assert.equal(asked(), undefined);
  socket().tell({ type: "audioAccepted", position: 1600 });
  socket().tell({ type: "sessionEnded", requestId: asked().requestId });
  await ended;
  socket().tell({ type: "caption", segment: 0 });
  socket().cut(4010);
  await pass(60_000);
  assert.deepEqual(got.heard, ["caption"]);
  assert.deepEqual(got.line, ["open", "over session-ended"]);
  assert.equal(sockets.length, 1);
});

test("a session that ended while its speaker was away is over", async () => {
  const { got, socket, pass } = await live();
  socket().cut(1006);
  await pass(400);
  socket().open();
  socket().tell({ type: "error", code: "session-ended", message: "…", retryable: false });
  assert.deepEqual(got.line, ["open", "lost", "over session-ended"]);
});

test("a refusal for now is no end while coming back, but tells whoever begins", async () => {
  const { got, sockets, socket, pass } = await live();
  socket().cut(1006);
  await pass(400);
  socket().open();
  socket().tell({ type: "error", code: "unavailable", message: "…", retryable: true });
  await pass(6000);
  assert.equal(sockets.length, 3);
  assert.deepEqual(got.line, ["open", "lost"]);
  const fresh = page();
  const created = fresh.speaker.create({ sourceLanguage: "en" });
  await settled();
  fresh.socket().open();
  fresh.socket().tell({ type: "error", code: "at-capacity", message: "…", retryable: true });
  await assert.rejects(created, { code: "at-capacity" });
});

test("whoever cannot begin is told", async () => {
  const { speaker, socket } = page();
  const created = speaker.create({ sourceLanguage: "en" });
  await settled();
  socket().cut(1006);
  await assert.rejects(created, { code: 1006 });
});

test("audio that was refused goes again by itself", async () => {
  const { socket, say, pass } = await live();
  say(2);
  socket().tell({ type: "error", code: "unavailable", position: 0, retryable: true });
  await pass(600);
  assert.deepEqual(socket().positions, [0, 1600, 0]);
  socket().tell({ type: "audioAccepted", position: 1600 });
  assert.deepEqual(socket().positions, [0, 1600, 0, 1600]);
});

test("the network that is back is used at once", async () => {
  const { speaker, sockets, socket } = await live();
  socket().cut(1006);
  speaker.hurry();
  await settled();
  assert.equal(sockets.length, 2);
});

test("a ticket that is refused is replaced, but not for ever", async () => {
  const { got, sockets, socket, pass } = await live();
  socket().cut(4003);
  for (let n = 0; n < 10 && got.line.at(-1) !== "over 4003"; n += 1) {
    await pass(6000);
    socket().open();
    socket().tell({ type: "error", code: "unauthorized", message: "…", retryable: false });
  }
  assert.deepEqual(got.line, ["open", "lost", "over 4003"]);
  assert.equal(new Set(got.tickets).size, sockets.length);
  assert.equal(sockets.length, 4);
});

test("what is spoken is what the gateway said last, whichever message said so", async () => {
  const { speaker, socket, pass, resumes } = await live();
  assert.deepEqual(speaker.spoken, { language: "", detected: false });
  socket().tell({ type: "sourceLanguageChanged", sourceLanguage: "es", detected: true, languages: [] });
  assert.deepEqual(speaker.spoken, { language: "es", detected: true });
  socket().cut(1006);
  await pass(60_000);
  await resumes(0);
  socket().tell({ type: "sessionStatus", sourceLanguage: "fr", listeners: 0 });
  assert.deepEqual(speaker.spoken, { language: "fr", detected: false });
});

test("another language is spoken behind what was said so far", async () => {
  const { speaker, socket, say } = await live();
  say(1);
  const changed = speaker.changeLanguage("es");
  say(1);
  assert.deepEqual(socket().positions, [0]);
  socket().tell({ type: "audioAccepted", position: 1600 });
  const { action, sourceLanguage, requestId } = socket().actions.at(-1);
  assert.deepEqual([action, sourceLanguage], ["changeSourceLanguage", "es"]);
  assert.deepEqual(socket().positions, [0]);
  socket().tell({ type: "sourceLanguageChanged", sourceLanguage: "es", detected: false, languages: [], requestId });
  await changed;
  assert.deepEqual(socket().positions, [0, 1600]);
  assert.equal(speaker.spoken.language, "es");
});

test("a line that owes an answer is known for that, and left as soon as the network says that it is back", async () => {
  const { speaker, socket, sockets, pass } = await live();
  await pass(1900);
  assert.ok(speaker.silentMs >= 1900);
  assert.equal(speaker.owedMs, 0);
  await pass(1500);
  assert.ok(speaker.owedMs >= 1300);
  socket().tell({ type: "heartbeatAck", serverTime: 1 });
  assert.equal(speaker.silentMs, 0);
  speaker.hurry();
  assert.equal(sockets.length, 1);
  speaker.probe();
  await pass(1100);
  speaker.hurry();
  assert.ok(socket().closed);
  await pass(1000);
  assert.equal(sockets.length, 2);
});

test("a hidden tab whose timers run once a minute keeps a line that is alive", async () => {
  const { speaker, sockets, socket, pass, slow } = await live();
  slow(60_000);
  for (let minute = 0; minute < 5; minute += 1) {
    await pass(60_000);
    assert.equal(socket().actions.at(-1).action === "heartbeat" || socket().actions.at(-1).action === "getSessionStatus", true);
    socket().tell({ type: "heartbeatAck", serverTime: 1 });
  }
  assert.equal(sockets.length, 1);
  assert.equal(speaker.owedMs, 0);
  await pass(130_000);
  assert.ok(sockets.length > 1); // this one was dead
});

test("what was asked for while the line was lost, or as it was, is asked for again until it is answered", async () => {
  const { speaker, got, socket, pass, resumes } = await live();
  const asked = () => socket().actions.filter(({ action }) => ["hideCaptions", "withdraw"].includes(action));
  speaker.say("hideCaptions");
  socket().tell({ type: "captionsHidden", requestId: asked()[0].requestId });
  speaker.say("withdraw", { segment: 1600 });
  socket().cut(1006);
  speaker.say("withdraw", { segment: 3200 });
  await pass(400);
  await resumes(0);
  assert.deepEqual(asked().map(({ action, sessionId, segment }) => [action, sessionId, segment]), [
    ["withdraw", "calm-otter-123", 1600],
    ["withdraw", "calm-otter-123", 3200],
  ]);
  const [first, second] = asked();
  socket().tell({ type: "captionWithdrawn", requestId: first.requestId, segment: 1600 });
  socket().tell({ type: "error", code: "unavailable", requestId: second.requestId, retryable: true });
  socket().cut(1006);
  await pass(400);
  await resumes(0);
  assert.deepEqual(asked(), []);
  assert.deepEqual(got.heard, ["captionsHidden", "sessionResumed", "captionWithdrawn", "error", "sessionResumed"]);
});
