// Captions by server-sent events, for networks that let no socket through. It looks like a socket of a listener; what is
// said on it becomes a request, as nothing goes up a stream.

import { Events } from "./events.js";

/** Signs of life come every 10 s: after so long without one the line is dead. */
export const QUIET_MS = 25_000;
const LOST = 1006;
const FORBIDDEN = 4003;
const ENDED = 4010;
const NOT_ANY_MORE = 204;

export class Stream extends EventTarget {
  #ticket;
  #fetch;
  #now;
  #beacon;
  #reading = null;
  #newest = null;
  #joining = null;
  #heardAt = 0;
  #code = LOST;
  #closed = false;

  /** `ticket`: as of a socket, or nothing. Tests bring their own `fetch`, clock and `beacon`. */
  constructor(ticket, fetch = (...request) => globalThis.fetch(...request), now = Date.now, beacon = (url) => navigator.sendBeacon(url)) {
    super();
    [this.#ticket, this.#fetch, this.#now, this.#beacon] = [ticket, fetch, now, beacon];
    queueMicrotask(() => this.#say("open"));
  }

  send(text) {
    const message = JSON.parse(text);
    const { action } = message;
    if (action === "joinSession") this.#open(message);
    if (action === "changeLanguage") this.#change(message);
    if (action === "leaveSession") this.#leave(message);
    if (action === "heartbeat" && this.#now() - this.#heardAt < QUIET_MS) queueMicrotask(() => this.#tell({ type: "heartbeatAck" }));
  }

  close() {
    this.#reading?.abort.abort();
    this.#newest?.abort.abort();
    queueMicrotask(() => this.#end(this.#code));
  }

  /** Another language is another stream; this one goes on until that is there, unless it takes another ticket. */
  #change({ action, requestId, history, ...members }) {
    if (this.#ticket) {
      this.close();
      return;
    }
    this.#open({ ...this.#joining, ...members, history, resume: { listener: this.#joining.resume?.listener } }, { type: "languageChanged", requestId });
  }

  /** What a page sends while it is closed must be a beacon. */
  #leave({ sessionId }) {
    const listener = this.#joining.resume.listener;
    if (listener) this.#beacon(`/api/sessions/${encodeURIComponent(sessionId)}/leave?${new URLSearchParams({ listener })}`);
  }

  /** `change`: what the answer is called where it is not a join. */
  async #open(joining, change = {}) {
    if (this.#newest !== this.#reading) this.#newest.abort.abort();
    const reading = (this.#newest = { abort: new AbortController(), change, startedAt: this.#now() });
    try {
      const response = await this.#fetch(...request(joining, this.#ticket, reading.abort.signal));
      if (reading !== this.#newest) return;
      if (response.status === NOT_ANY_MORE) this.#end(ENDED);
      else if (!response.ok) this.#refused({ ...(await response.json()), requestId: change.requestId });
      else {
        this.#joining = joining;
        this.#reading?.abort.abort();
        this.#reading = reading;
        await this.#read(response.body, reading);
      }
    } catch {
      // it ended, or what answered is not the gateway
    }
    if (reading === this.#newest) this.#end(this.#code);
  }

  /** Without another language there still is the one before. */
  #refused(error) {
    if (this.#reading) this.#newest = this.#reading;
    this.#tell(error);
  }

  async #read(body, reading) {
    const [events, decoder, reader] = [new Events(), new TextDecoder(), body.getReader()];
    while (true) {
      const { value, done } = await reader.read();
      if (done || reading !== this.#reading) return;
      this.#heardAt = this.#now();
      for (const { data, comment } of events.push(decoder.decode(value, { stream: true }))) {
        if (comment) this.#alive(Number(comment), reading);
        if (data) this.#take(JSON.parse(data), reading);
      }
    }
  }

  /** The first one comes at once: it tells the server's time. */
  #alive(serverTime, reading) {
    if (!reading.startedAt) return;
    this.#tell({ type: "heartbeatAck", serverTime, clientTime: reading.startedAt });
    reading.startedAt = 0;
  }

  #take(message, reading) {
    if (message.type === "sessionJoined") {
      this.#joining.resume = { listener: message.listener };
      message = { ...message, ...reading.change };
    }
    if (message.type === "sessionEnded") this.#code = ENDED;
    if (message.type === "error" && message.code === "unauthorized") this.#code = FORBIDDEN;
    this.#tell(message);
  }

  #tell(message) {
    this.#say("message", { data: JSON.stringify(message) });
  }

  #end(code) {
    if (this.#closed) return;
    this.#say("close", { code });
    this.#closed = true;
    this.#newest = this.#reading = null;
  }

  #say(type, members) {
    if (!this.#closed) this.dispatchEvent(Object.assign(new Event(type), members));
  }
}

function request({ sessionId, targetLanguage, captionLanguage, mode, history, wished, pin, resume = {} }, ticket, signal) {
  const { captions = "", revisions = "", listener } = resume;
  const given = { language: captionLanguage || targetLanguage, mode, history, wished, ticket, listener };
  const query = new URLSearchParams(Object.entries(given).filter(([, value]) => value !== undefined && value !== null && value !== ""));
  const headers = {};
  if (pin) headers["X-Dragoman-Pin"] = encodeURIComponent(pin);
  if (captions || revisions) headers["Last-Event-ID"] = `${captions}/${revisions}`;
  return [`/api/sessions/${encodeURIComponent(sessionId)}/captions?${query}`, { headers, signal, cache: "no-store" }];
}
