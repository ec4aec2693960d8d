// When a sample was captured, from when its frame arrived. No DOM.

import { SAMPLE_RATE } from "./resend.js";

const STOOD_STILL_MS = 1000;

/**
 * Frames arrive late by a little that differs, never early: the earliest that fits is nearest to the truth. It rises by at
 * most 1 ms a frame, so that a device whose clock is a little slow is followed; more than a second is no jitter: the
 * device stood still.
 */
export class CaptureClock {
  #begun = null; // Unix ms of sample 0
  #samples = 0;

  /** `length` samples arrived at `now` (Unix ms); returns when the first of them was captured. */
  take(length, now) {
    const candidate = now - ((this.#samples + length) * 1000) / SAMPLE_RATE;
    const late = this.#begun === null ? 0 : candidate - this.#begun;
    if (this.#begun === null || late < 0 || late > STOOD_STILL_MS) this.#begun = candidate;
    else this.#begun += Math.min(late, 1);
    const captured = this.#begun + (this.#samples * 1000) / SAMPLE_RATE;
    this.#samples += length;
    return Math.round(captured);
  }
}
