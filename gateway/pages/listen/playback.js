// Which part of the speech is played when: back to back, in order, once. No audio API, no socket.

const LEAD_S = 0.05;
/** So much is handed to the sound card's clock at a time: enough for a page whose timers are slowed down. */
const AHEAD_S = 2;
/** A player that stands still keeps so much. */
export const KEPT_S = 30;
/** How much faster speech is played that keeps more of it waiting: none of it for a little, all from 3 s on. */
const MOST_FASTER = 0.15;
const FASTER_PER_S = 0.05;

/** Parts that wait, and those that have their start time, on a clock in seconds. A part has a `duration` in seconds. */
export class Playback {
  #waiting = [];
  #started = [];
  #end = 0;
  #last = null;
  /** Segments of which nothing is heard any more: what is made or sent of them may still come. */
  #withdrawn = new Set();
  #hasten;

  /** `hasten(part, rate)` gives a part as it is heard so much faster, or the same; without it nothing is caught up. */
  constructor(hasten = (part) => part) {
    this.#hasten = hasten;
  }

  /**
   * Whether a part is new: parts come in order of (segment, part). The last one of a segment is, whatever its number, as
   * long as none was: a text of which the beginning came may have come once more as a whole.
   */
  isNew({ segment, part, last = false }) {
    if (this.#withdrawn.has(segment)) return false;
    const before = this.#last;
    if (before && segment < before.segment) return false;
    if (before?.segment === segment && (before.last || (part <= before.part && !last))) return false;
    this.#last = { segment, part, last };
    return true;
  }

  add(part) {
    if (!this.#withdrawn.has(part.message?.segment)) this.#waiting.push(part);
  }

  /** The parts that get their start now, each with `start`: when the one before ends, or a moment from now. */
  due(now) {
    this.#started = this.#started.filter(({ end }) => end > now);
    const due = [];
    while (this.#waiting.length && this.#end < now + AHEAD_S) {
      const part = this.#hastened(this.#waiting.shift());
      part.start = this.#end > now ? this.#end : now + LEAD_S;
      this.#end = part.end = part.start + part.duration;
      due.push(part);
    }
    this.#started.push(...due);
    return due;
  }

  /** A part behind which other sentences wait is late, and a little faster; those of its own come when they come. */
  #hastened(part) {
    const others = this.#waiting.filter(({ message }) => message?.segment !== part.message?.segment);
    const rate = 1 + Math.min(MOST_FASTER, FASTER_PER_S * others.reduce((sum, { duration }) => sum + duration, 0));
    if (part.rate || rate < 1 + FASTER_PER_S) return part;
    const faster = this.#hasten(part, rate);
    return faster === part ? part : { ...faster, rate };
  }

  /** The part that is heard at `now`, or null. */
  heard(now) {
    return this.#started.find(({ start, end }) => start <= now && end > now) ?? null;
  }

  /** Seconds of speech that are still to be heard. */
  waitingS(now) {
    return Math.max(0, this.#end - now) + this.#waiting.reduce((sum, { duration }) => sum + duration, 0);
  }

  /**
   * Gives up the oldest parts until no more than `keptS` waits; how many seconds that were. All others get a new start:
   * whatever had one must be stopped first.
   */
  trim(now, keptS = KEPT_S) {
    const tooMuch = this.waitingS(now);
    if (tooMuch <= keptS) return 0;
    this.#waiting.unshift(...this.#started.filter(({ end }) => end > now));
    this.#started = [];
    this.#end = 0;
    while (this.waitingS(now) > keptS) this.#waiting.shift();
    return tooMuch - this.waitingS(now);
  }

  /**
   * Gives up what a segment still has to say, also what comes later of it; false if nothing of it is here. Else all others
   * get a new start: whatever had one must be stopped first.
   */
  withdraw(segment) {
    this.#withdrawn.add(segment);
    const parts = [...this.#started, ...this.#waiting];
    const left = parts.filter(({ message }) => message.segment !== segment);
    if (left.length === parts.length) return false;
    this.#waiting = left;
    this.#started = [];
    this.#end = 0;
    return true;
  }

  clear() {
    this.#waiting = [];
    this.#started = [];
    this.#end = 0;
  }

  /** Another language: its parts are counted anew. */
  restart() {
    this.clear();
    this.#last = null;
  }
}

/** PCM s16le as samples from -1 to 1. */
export function samplesOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(Math.floor(bytes.byteLength / 2));
  for (let n = 0; n < samples.length; n += 1) samples[n] = view.getInt16(2 * n, true) / 32768;
  return samples;
}
