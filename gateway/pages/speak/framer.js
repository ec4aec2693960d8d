// From a stream of samples to frames of 100 ms, as the protocol wants them. No audio API.

export const FRAME = 1600;

/** Collects samples from -1 to 1 (16 kHz, mono) and gives whole frames of Int16. */
export class Framer {
  #frame = new Int16Array(FRAME);
  #filled = 0;

  /** The frames that became whole. */
  process(samples) {
    const whole = [];
    for (const sample of samples) {
      this.#frame[this.#filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
      this.#filled += 1;
      if (this.#filled === FRAME) {
        whole.push(this.#frame);
        this.#frame = new Int16Array(FRAME);
        this.#filled = 0;
      }
    }
    return whole;
  }
}
