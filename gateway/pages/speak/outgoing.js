// What a speaker has to say, for one socket after the other: samples and, at their places between them, actions. No socket.

import { ResendBuffer, SAMPLE_RATE } from "./resend.js";

const WINDOW = 20 * SAMPLE_RATE; // on the wire unacknowledged: well below what a gateway buffers for a session
const REFUSED_MS = 500;
const FOR_NOW = ["too-fast", "unavailable", "rate-limited"];
const TRIES = 3; // audio that is called bad is sent again so often: it may have stood at the wrong place

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
  #window = WINDOW;
  #tries = 0;
  #tried = true; // audio was sent since the last refusal
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
    this.#window = WINDOW;
    this.buffer.rewind(position);
  }

  /** What to send now: `{ action }`, `{ frame }`, or null; `wait` says when to look again, null: when something changes. */
  next() {
    if (this.#asked || this.wait > 0) return null;
    const [first] = this.#actions;
    const held = first && this.buffer.upcoming >= first.position;
    if (held && this.buffer.acknowledged >= this.buffer.cursor) { // all before it is durable, or was dropped
      this.#asked = first;
      first.id = `s${(this.#ids += 1)}`;
      return { action: { ...first.action, requestId: first.id } };
    }
    return held || this.buffer.inFlight >= this.#window ? null : this.#nextFrame();
  }

  #nextFrame() {
    const moved = this.buffer.closeUp();
    for (const each of this.#actions) each.position -= moved;
    const frame = this.buffer.next();
    this.#tried ||= frame !== null;
    return frame && { frame };
  }

  /** Ms until what was refused for now may be tried again. */
  get wait() {
    return Math.max(0, this.#notBefore - this.#now());
  }

  /** Takes a message of the gateway; false when it is not about this queue. Throws Refused when all is over. */
  take(message) {
    if (message.type === "audioAccepted") this.#accepted(message);
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

  #accepted({ position }) {
    this.buffer.acknowledge(position);
    this.#window = WINDOW;
    this.#tries = 0;
  }

  /** Audio was: it goes again from the position in the error, one frame until that is taken. */
  #refused(error) {
    if (!FOR_NOW.includes(error.code) && this.#tried) this.#tries += 1; // what was on its way is refused with it
    if (this.#tries > TRIES) throw new Refused(error);
    this.#tried = false;
    this.buffer.sendAgainFrom(error.position);
    this.#window = 1;
    this.#pause(error);
  }

  #pause(error) {
    this.#notBefore = this.#now() + (error.retryAfterMs ?? REFUSED_MS);
  }
}
