// How late the newest came. No DOM, no clock of its own.

const FRESH_MS = 10_000;
const NONE = { seconds: null, cameAt: -Infinity };

/** What is heard tells it before what is read; what is older than 10 s tells nothing. Times are Unix ms. */
export class Delay {
  #segment = -1;
  #read = NONE;
  #heard = NONE;

  /** A caption came at `now`, so many seconds after its words; a better one of the same words tells nothing new. */
  read({ segment, final, outcome }, seconds, now) {
    if (!final || (outcome ?? "ok") !== "ok" || segment <= this.#segment) return;
    this.#segment = segment;
    this.#read = { seconds, cameAt: now };
  }

  /** Speech is heard at `now`, so many seconds after its words. */
  heard(seconds, now) {
    this.#heard = { seconds, cameAt: now };
  }

  /** No speech is heard any more. */
  quiet() {
    this.#heard = NONE;
  }

  /** Another language. */
  clear() {
    this.#segment = -1;
    this.#read = this.#heard = NONE;
  }

  /** Seconds, or null. */
  seconds(now) {
    return [this.#heard, this.#read].find(({ cameAt }) => now - cameAt < FRESH_MS)?.seconds ?? null;
  }
}
