// Which warnings are shown, and for how long. No DOM.

const SHOWN_MS = 20_000;

const TEXTS = {
  clipping: "speak.warnClipping",
  noise: "speak.warnNoise",
  silence: "speak.warnSilence",
  echo: "speak.warnEcho",
  "falling-behind": "speak.warnBehind",
  "at-capacity": "speak.warnCapacity",
  lost: "speak.warnLost",
  gone: "speak.warnGone",
  off: "speak.warnOff",
};

/** Warnings of the gateway fade some time after they came last; those about the microphone stay until it is well. */
export class Warnings {
  #until = new Map();

  /** A warning, with figures: code and key of its text, or null for one that is not known. */
  take(code, figures = {}, now = Date.now(), ms = SHOWN_MS) {
    const key = figures.skippedMs ? "speak.warnSkipped" : TEXTS[code];
    if (key) this.#until.set(code, { code, key, values: values(figures), until: now + ms });
  }

  /** One that holds until it is cleared. */
  hold(code) {
    this.take(code, {}, 0, Infinity);
  }

  clear(code) {
    this.#until.delete(code);
  }

  /** What is to be shown at `now`. */
  list(now = Date.now()) {
    for (const { code, until } of this.#until.values()) if (until <= now) this.#until.delete(code);
    return [...this.#until.values()];
  }
}

function values({ skippedMs, seconds }) {
  return { seconds: Math.max(1, Math.round(skippedMs ? skippedMs / 1000 : (seconds ?? 0))) };
}
