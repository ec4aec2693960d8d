// Which warnings are shown, and for how long. No DOM.

const SHOWN_MS = 35_000; // a warning comes again every 30 s while it stays bad

const TEXTS = {
  clipping: "speak.warnClipping",
  noise: "speak.warnNoise",
  quiet: "speak.warnQuiet",
  silence: "speak.warnSilence",
  echo: "speak.warnEcho",
  "falling-behind": "speak.warnBehind",
  "at-capacity": "speak.warnCapacity",
  "not-kept": "speak.warnUnkept",
  "other-language": "speak.warnOther",
  lost: "speak.warnLost",
  gone: "speak.warnGone",
  off: "speak.warnOff",
  cancelled: "speak.warnCancelled",
  interrupted: "speak.warnInterrupted",
};

/** Warnings of the gateway fade some time after they came last; those about the microphone stay until it is well. */
export class Warnings {
  #until = new Map();
  #lost = 0;

  /** A warning, with what was measured, and the language that it is about. `message` is shown where there are no words for its code; without one nothing is. */
  take(code, { figures = {}, message = "", language = "", now = Date.now(), ms = SHOWN_MS } = {}) {
    const key = figures.skippedMs ? "speak.warnSkipped" : TEXTS[code];
    if (key || message) this.#until.set(code, { code, key, values: values(figures), message, language, until: now + ms });
  }

  /** `seconds` of what was said are lost in all: a warning each time that it has become more. */
  lost(seconds, now = Date.now()) {
    if (seconds < 1 || seconds <= this.#lost) return;
    this.#lost = seconds;
    this.take("lost", { figures: { lostMs: seconds * 1000 }, now });
  }

  /** One that holds until it is cleared. */
  hold(code) {
    this.take(code, { ms: Infinity });
  }

  clear(code) {
    this.#until.delete(code);
  }

  /** It is shown at `now`. */
  has(code, now = Date.now()) {
    return this.list(now).some((each) => each.code === code);
  }

  /** What is to be shown at `now`. */
  list(now = Date.now()) {
    for (const { code, until } of this.#until.values()) if (until <= now) this.#until.delete(code);
    return [...this.#until.values()];
  }
}

/** Figures that a layman can do something with: how long it was so. */
function values({ skippedMs, silentMs, lostMs }) {
  return { seconds: Math.max(1, Math.round((skippedMs ?? silentMs ?? lostMs ?? 0) / 1000)) };
}
