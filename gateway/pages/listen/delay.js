// How late the newest came. No DOM, no clock of its own.

const FRESH_MS = 10_000;
/** After so long without a caption that is said; where only whole sentences come, they may be long. */
const WITHOUT_MS = { fast: 12_000, steady: 20_000 };
const NONE = { seconds: null, cameAt: -Infinity };

/** What is heard tells it before what is read; what is older than 10 s tells nothing. Times are Unix ms. */
export class Delay {
  #segment = -1;
  #read = NONE;
  #heard = NONE;
  /** When the last caption came, or could not come yet; before that is known, from the next look on. */
  #lastAt = Infinity;

  /** A caption came at `now`, so many seconds after its words; a better one of the same words tells nothing new. */
  read({ segment, final, outcome }, seconds, now) {
    this.#lastAt = now;
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

  /** No caption is due: nobody speaks, or there is no connection. */
  expectsNothing(now) {
    this.#lastAt = now;
  }

  /** For how many seconds no caption has come; null: that is not long. */
  withoutS(now, mode) {
    this.#lastAt = Math.min(this.#lastAt, now);
    const ms = now - this.#lastAt;
    return ms >= WITHOUT_MS[mode] ? ms / 1000 : null;
  }

  /** Another language. */
  clear() {
    this.#lastAt = Infinity;
    this.#segment = -1;
    this.#read = this.#heard = NONE;
  }

  /** Seconds, or null. */
  seconds(now) {
    return [this.#heard, this.#read].find(({ cameAt }) => now - cameAt < FRESH_MS)?.seconds ?? null;
  }
}
