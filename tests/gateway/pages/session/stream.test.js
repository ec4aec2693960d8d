import assert from "node:assert/strict";
import { test } from "node:test";

import { QUIET_MS, Stream } from "./stream.js";

const JOIN = { action: "joinSession", sessionId: "calm otter", targetLanguage: "es", captionLanguage: "", mode: "fast", history: 20, pin: "ü", resume: { captions: "1-1", revisions: "0-0", listener: "me" } };
const JOINED = { type: "sessionJoined", listener: "me too", captions: { language: "es" } };
const settled = () => new Promise((resolve) => setTimeout(resolve));

/** A stream whose server is the test: `asked` are the requests, `answer` answers the newest, and what it gets is `got`. */
function line(ticket) {
  const [asked, got, beacons] = [[], [], []];
  const clock = { now: 1000 };
  const fetch = (url, options) => new Promise((resolve, reject) => {
    const request = { url: new URL(url, "http://here"), ...options };
    options.signal.addEventListener("abort", () => {
      reject(new DOMException("", "AbortError"));
      try { request.body?.error(new DOMException("", "AbortError")); } catch {}
    });
    request.answer = async (status, content) => {
      const body = status === 200 ? new ReadableStream({ start: (controller) => (request.body = controller) }) : JSON.stringify(content);
      resolve(new Response(status === 204 ? null : body, { status }));
      await settled();
    };
    request.say = async (text) => {
      request.body.enqueue(new TextEncoder().encode(text));
      await settled();
    };
    request.tell = (message) => request.say(`data: ${JSON.stringify(message)}\n\n`);
    asked.push(request);
  });
  const stream = new Stream(ticket, fetch, () => clock.now, (url) => beacons.push(url));
  stream.addEventListener("open", () => got.push("open"));
  stream.addEventListener("message", ({ data }) => got.push(JSON.parse(data)));
  stream.addEventListener("close", ({ code }) => got.push(code));
  const say = (message) => stream.send(JSON.stringify(message));
  return { stream, say, asked, got, clock, beacons };
}

async function joined(ticket) {
  const all = line(ticket);
  await settled();
  all.say(JOIN);
  await all.asked[0].answer(200);
  await all.asked[0].say(": 5000\n\n");
  await all.asked[0].tell(JOINED);
  all.got.length = 0;
  return all;
}

test("a join is a request that says the same", async () => {
  const { say, asked, got } = line("once");
  await settled();
  assert.deepEqual(got, ["open"]);
  say({ ...JOIN, wished: "pl" });
  const [{ url, headers }] = asked;
  assert.equal(url.pathname, "/api/sessions/calm%20otter/captions");
  assert.deepEqual(Object.fromEntries(url.searchParams), { language: "es", mode: "fast", history: "20", wished: "pl", ticket: "once", listener: "me" });
  assert.deepEqual(headers, { "X-Dragoman-Pin": "%C3%BC", "Last-Event-ID": "1-1/0-0" });
  await asked[0].answer(200);
  await asked[0].say(": 5000\n\n");
  await asked[0].tell(JOINED);
  assert.deepEqual(got.slice(1), [{ type: "heartbeatAck", serverTime: 5000, clientTime: 1000 }, JOINED]);
});

test("a heartbeat is answered as long as there are signs of life", async () => {
  const { say, asked, got, clock } = await joined();
  clock.now += QUIET_MS - 1;
  say({ action: "heartbeat" });
  await settled();
  assert.deepEqual(got, [{ type: "heartbeatAck" }]);
  clock.now += 1;
  say({ action: "heartbeat" });
  await settled();
  assert.equal(got.length, 1);
  await asked[0].say(": 6000\n\n");
  say({ action: "heartbeat" });
  await settled();
  assert.equal(got.length, 2);
});

test("another language is another request, and the one before goes on until it is there", async () => {
  const { say, asked, got } = await joined();
  say({ action: "changeLanguage", requestId: 3, sessionId: "calm otter", history: 20, targetLanguage: "ca" });
  await asked[0].tell({ type: "caption", text: "uno" });
  assert.equal(asked[1].url.searchParams.get("language"), "ca");
  assert.equal(asked[1].url.searchParams.get("listener"), "me too");
  assert.equal(asked[1].headers["Last-Event-ID"], undefined);
  await asked[1].answer(200);
  await asked[1].tell(JOINED);
  await asked[1].tell({ type: "caption", text: "u" });
  assert.deepEqual(got, [{ type: "caption", text: "uno" }, { ...JOINED, type: "languageChanged", requestId: 3 }, { type: "caption", text: "u" }]);
  assert.ok(asked[0].signal.aborted);
});

test("where it takes another ticket the stream is opened again", async () => {
  const { say, asked, got } = await joined("once");
  say({ action: "changeLanguage", requestId: 3, targetLanguage: "ca" });
  await settled();
  assert.deepEqual([got, asked.length], [[1006], 1]);
});

test("a language that is refused leaves the one before", async () => {
  const { say, asked, got } = await joined();
  say({ action: "changeLanguage", requestId: 3, targetLanguage: "xx" });
  await asked[1].answer(400, { type: "error", code: "language-unavailable" });
  await asked[0].tell({ type: "caption", text: "uno" });
  assert.deepEqual(got, [{ type: "error", code: "language-unavailable", requestId: 3 }, { type: "caption", text: "uno" }]);
});

test("a join that is refused is an error and the end", async () => {
  const { say, asked, got } = line();
  await settled();
  say(JOIN);
  await asked[0].answer(429, { type: "error", code: "rate-limited", retryable: true });
  assert.deepEqual(got.slice(1), [{ type: "error", code: "rate-limited", retryable: true }, 1006]);
});

test("what is no answer of the gateway is a loss", async () => {
  for (const status of [502, 404]) {
    const { say, asked, got } = line();
    await settled();
    say(JOIN);
    await asked[0].answer(status, undefined);
    assert.deepEqual(got.slice(1), [1006]);
  }
});

for (const [message, code] of [[null, 1006], [{ type: "sessionEnded" }, 4010], [{ type: "error", code: "unauthorized" }, 4003]]) {
  test(`the end after ${message?.code ?? message?.type ?? "nothing"} is a close with ${code}`, async () => {
    const { asked, got } = await joined();
    if (message) await asked[0].tell(message);
    asked[0].body.close();
    await settled();
    assert.equal(got.at(-1), code);
  });
}

test("who comes back after the end is told that it is over", async () => {
  const { say, asked, got } = line();
  await settled();
  say(JOIN);
  await asked[0].answer(204);
  assert.deepEqual(got, ["open", 4010]);
});

test("a page that closes it gets one close and nothing more", async () => {
  const { stream, asked, got } = await joined();
  stream.close();
  await settled();
  assert.deepEqual(got, [1006]);
  assert.ok(asked[0].signal.aborted);
});

test("who leaves on purpose says so by a beacon, under the name that it was given", async () => {
  const { stream, say, beacons } = await joined();
  say({ action: "leaveSession", sessionId: "calm otter" });
  stream.close();
  assert.deepEqual(beacons, ["/api/sessions/calm%20otter/leave?listener=me+too"]);
});
