// Which captions an overlay shows: the last ones, a hole as nothing. No DOM, no socket.

import { Captions } from "../session/captions.js";

/** Keeps as many captions as there are lines: a caption fills at least one. */
export class Lines {
  #captions = new Captions();
  #count;
  #hideMs;

  /** Shows `count` captions, each for `hideMs` after it came or changed; 0: until others come. */
  constructor(count, hideMs) {
    this.#count = count;
    this.#hideMs = hideMs;
  }

  /**
   * Takes a caption that came at `now`, in ms. One that was revised after its time has no place on air, unless it is there
   * still: what is withdrawn goes, what is corrected is.
   */
  take(caption, now) {
    const there = this.list(now).find(({ segment }) => segment === caption.segment);
    if (!caption.revised || there) this.#captions.take({ ...caption, cameAt: there?.cameAt ?? now });
  }

  clear() {
    this.#captions.clear();
  }

  /** The captions to show at `now`, in order of speech. */
  list(now) {
    const worded = this.#captions.list().filter(({ text }) => text);
    return worded.slice(-this.#count).filter(({ cameAt }) => !this.#hideMs || now - cameAt < this.#hideMs);
  }
}
