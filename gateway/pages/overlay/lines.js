// Which captions an overlay shows: the last ones, a hole as nothing. No DOM, no socket.

import { Captions } from "../session/captions.js";

/** Keeps as many captions as there are lines: a caption fills at least one. */
export class Lines {
  #captions = new Captions();
  #count;
  #hideMs;
  /** No older segment is shown any more: where one goes before its time, none comes back for it. */
  #oldest = -Infinity;

  /** Shows `count` captions, each for `hideMs` after it came or changed; 0: until others come. */
  constructor(count, hideMs) {
    this.#count = count;
    this.#hideMs = hideMs;
  }

  /**
   * Takes a caption that came at `now`, in ms. One that was revised after its time has no place on air, unless it is there
   * still, and is corrected; what is withdrawn goes, wherever it is.
   */
  take(caption, now) {
    const there = this.list(now).find(({ segment }) => segment === caption.segment);
    if (caption.revised && caption.outcome !== "withdrawn" && !there) return;
    this.#captions.take({ ...caption, cameAt: there?.cameAt ?? now });
    const worded = this.#worded();
    if (worded.length === this.#count) this.#oldest = worded[0].segment;
  }

  clear() {
    this.#captions.clear();
    this.#oldest = -Infinity;
  }

  /** The captions to show at `now`, in order of speech. */
  list(now) {
    return this.#worded().filter(({ cameAt }) => !this.#hideMs || now - cameAt < this.#hideMs);
  }

  #worded() {
    return this.#captions.list().filter(({ text, segment }) => text && segment >= this.#oldest).slice(-this.#count);
  }
}
