// How loud a frame is, and what that means. No audio API.

const FLOOR_DB = -60;
const SILENT_DB = -55;
const QUIET_DB = -38;
const FULL = 32_600; // two samples side by side: the peaks of clean speech are alone

/** Full scale is 0 dB; silence is -Infinity. */
export function decibels(pcm) {
  const power = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
  return 10 * Math.log10(power / 32768 ** 2);
}

/** Where the bar stands, 0 to 100. */
export function percent(db) {
  return Math.round(100 * Math.min(1, Math.max(0, 1 - db / FLOOR_DB)));
}

/** Judges a voice: pauses between words are no silence, so the loudest of the last seconds counts. */
export class Voice {
  #recent = [];

  /** Takes a frame; `silent`, `quiet`, `good` or `loud`. */
  take(pcm) {
    this.#recent.push({ db: decibels(pcm), cut: pcm.some((sample, n) => n && Math.min(Math.abs(sample), Math.abs(pcm[n - 1])) > FULL) });
    if (this.#recent.length > 20) this.#recent.shift();
    const loudest = Math.max(...this.#recent.map(({ db }) => db));
    if (this.#recent.filter(({ cut }) => cut).length > 2) return "loud";
    return loudest < SILENT_DB ? "silent" : loudest < QUIET_DB ? "quiet" : "good";
  }
}
