// When each part of the speech is played: back to back, in order, once. No audio API, no socket.

const LEAD_S = 0.05;

/** Gives parts their start times on a clock in seconds. */
export class Playback {
  #end = 0;
  #last = null;

  /** Whether a part is new: parts come in order of (segment, part). */
  isNew(message) {
    const place = [message.segment, message.part];
    if (this.#last && (place[0] < this.#last[0] || (place[0] === this.#last[0] && place[1] <= this.#last[1]))) return false;
    this.#last = place;
    return true;
  }

  /** The start of a part that lasts `duration` seconds: when the one before ends, or a moment from now. */
  schedule(now, duration) {
    const start = this.#end > now ? this.#end : now + LEAD_S;
    this.#end = start + duration;
    return start;
  }

  /** Seconds of speech that wait. */
  waiting(now) {
    return Math.max(0, this.#end - now);
  }

  clear() {
    this.#end = 0;
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
