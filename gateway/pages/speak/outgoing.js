// What a speaker has to say, for one socket after the other: samples and, at their places between them, actions. No socket.

import { ResendBuffer, SAMPLE_RATE } from "./resend.js";

const WINDOW = 20 * SAMPLE_RATE; // on the wire unacknowledged: well below what a gateway buffers for a session
const REFUSED_MS = 500;
const FOR_NOW = ["too-fast", "unavailable", "rate-limited"];

/** The answer to an action was an error; `code` and `message` are the gateway's. */
export class Refused extends Error {
  constructor(error) {
    super(error.message);
    this.code = error.code;
    this.retryable = error.retryable;
    this.retryAfterMs = error.retryAfterMs;
  }
}

/** The queue of one speaker. An action goes when all samples before it are durable, so that none is cut off. */
export class Outgoing {
  #actions = [];
  #asked = null;
  #ids = 0;
  #notBefore = 0;
  #now;

  buffer = new ResendBuffer();
  /** Nothing of the session is left to say. */
  ended = false;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Puts an action behind the samples given so far; resolves to its answer, rejects with Refused. */
  ask(action) {
    return new Promise((answered, refused) => {
      this.#actions.push({ action, position: this.buffer.until, answered, refused });
    });
  }

  /** The socket is lost, and with it the answer that was awaited: the action is said again. */
  lost() {
    this.#asked = null;
  }

  /** A new socket goes on at `position`. */
  resumed(position) {
    this.#asked = null;
    this.#notBefore = 0;
    this.#moved(this.buffer.rewind(position));
  }

  /** What to send now: `{ action }`, `{ frame }`, or null; `wait` says when to look again, null: when something changes. */
  next() {
    if (this.#asked || this.wait > 0) return null;
    const [first] = this.#actions;
    if (first && this.buffer.acknowledged >= first.position) {
      this.#asked = first;
      first.id = `s${(this.#ids += 1)}`;
      return { action: { ...first.action, requestId: first.id } };
    }
    const held = first && this.buffer.cursor >= first.position;
    const frame = held || this.buffer.inFlight >= WINDOW ? null : this.buffer.next();
    return frame && { frame };
  }

  /** Ms until what was refused for now may be tried again. */
  get wait() {
    return Math.max(0, this.#notBefore - this.#now());
  }

  /** Takes a message of the gateway; false when it is not about this queue. Throws Refused when all is over. */
  take(message) {
    if (message.type === "audioAccepted") this.buffer.acknowledge(message.position);
    else if (this.#asked && message.requestId === this.#asked.id) this.#answer(message);
    else if (message.type === "error" && Number.isInteger(message.position)) this.#refused(message);
    else return false;
    return true;
  }

  /** The session is over; `ending` are answered, others refused. */
  finish(error = { code: "session-ended", message: "The session has ended." }) {
    this.ended = true;
    for (const { action, answered, refused } of this.#actions.splice(0)) {
      if (action.action === "endSession" && error.code === "session-ended") answered({ type: "sessionEnded" });
      else refused(new Refused(error));
    }
  }

  #answer(message) {
    const { answered, refused, action } = this.#asked;
    this.#asked = null;
    if (message.type === "error" && message.retryable) {
      this.#pause(message);
      return;
    }
    this.#actions.shift();
    this.ended ||= action.action === "endSession" && (message.type !== "error" || message.code === "session-ended");
    if (message.type === "error" && !this.ended) refused(new Refused(message));
    else answered(message);
  }

  #refused(error) {
    if (!FOR_NOW.includes(error.code)) throw new Refused(error);
    this.#moved(this.buffer.sendAgainFrom(error.position));
    this.#pause(error);
  }

  #pause(error) {
    this.#notBefore = this.#now() + (error.retryAfterMs ?? REFUSED_MS);
  }

  #moved(samples) {
    for (const each of this.#actions) each.position -= samples;
  }
}
