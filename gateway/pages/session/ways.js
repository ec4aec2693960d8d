// Which way leads to the gateway: a socket, or where the network lets none through, a stream of captions.

import { browserSocket } from "./socket.js";
import { Stream } from "./stream.js";

/** So often in a row a socket may fail before a stream is tried. */
const OPENINGS = 3;
/** And where one worked before: perhaps the device is in another network now, but far more often the gateway is away. */
const OPENINGS_AFTER_ONE = 12;
const FIRST_TRY_MS = 15_000;
const LONGEST_TRY_MS = 300_000;
const PATIENCE_MS = 10_000;

export class Ways {
  /** Captions come, by a stream: nothing is heard. */
  hindered = false;
  #socket;
  #stream;
  #answers;
  #later;
  #onWay;
  #failures = 0;
  #worked = false;
  #streams = false;
  #opening = false;
  #trying = false;

  /** `onWay` is called when a socket answers again: the connection should open another one. Tests bring their own `ways`. */
  constructor(onWay, { socket = browserSocket, stream = (ticket) => new Stream(ticket), answers = socketAnswers, later = setTimeout.bind(globalThis) } = {}) {
    [this.#onWay, this.#socket, this.#stream, this.#answers, this.#later] = [onWay, socket, stream, answers, later];
  }

  /** As `Connection` opens sockets. */
  connect = (url, ticket) => {
    this.#streams = this.#failures >= (this.#worked ? OPENINGS_AFTER_ONE : OPENINGS);
    this.#opening = true;
    if (this.#streams) this.#tryIn(FIRST_TRY_MS, url);
    return this.#streams ? this.#stream(ticket) : this.#socket(url, ticket);
  };

  /** As `Connection` says how it is. */
  stated(state) {
    if (state === "joined") this.#joined();
    if (state === "lost" && this.#opening) this.#failed();
    if (["joined", "lost", "busy"].includes(state)) this.#opening = false;
  }

  /** Nothing is wanted any more. */
  rest() {
    this.#streams = false;
  }

  #joined() {
    this.hindered = this.#streams;
    if (this.#streams) return;
    this.#worked = true;
    this.#failures = 0;
  }

  /** A stream that fails as well says nothing against sockets: the next one is one again. */
  #failed() {
    this.#failures += this.#streams ? -1 : 1;
  }

  #tryIn(pauseMs, url) {
    if (this.#trying) return;
    this.#trying = true;
    this.#later(async () => {
      const open = this.#streams && (await this.#answers(url));
      this.#trying = false;
      if (!this.#streams) return;
      if (!open) this.#tryIn(Math.min(2 * pauseMs, LONGEST_TRY_MS), url);
      else {
        this.#failures = 0;
        this.#onWay();
      }
    }, pauseMs);
  }
}

/** Whether a socket gets through, and what is said on it, too. */
function socketAnswers(url) {
  return new Promise((resolve) => {
    const socket = browserSocket(url);
    const settle = (answered) => {
      resolve(answered);
      socket.close();
    };
    socket.addEventListener("open", () => socket.send('{"action":"heartbeat"}'));
    socket.addEventListener("message", () => settle(true));
    socket.addEventListener("close", () => resolve(false));
    setTimeout(() => settle(false), PATIENCE_MS);
  });
}
