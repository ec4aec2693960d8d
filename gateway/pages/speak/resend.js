// The speaker's resend buffer: what is not acknowledged is kept, and sent again from the right place. No DOM, no socket.

export const SAMPLE_RATE = 16_000;
const KEPT = 60 * SAMPLE_RATE;
const WIDEST_GAP = 60 * SAMPLE_RATE;

/**
 * Frames in order, from the first sample that is not yet safe to the last that was given. A frame is
 * `{ position, capturedAt, pcm }`: samples from 0, Unix ms of the first sample, an Int16Array.
 */
export class ResendBuffer {
  #frames = [];
  #limit;
  #gaps = []; // what was passed over on the wire and is not acknowledged: positions [from, until]
  #gone = 0; // samples of acknowledged gaps, and those for which there was no place in a gap
  #there; // where the audio ends that the gateway has, if it takes all that is on the wire

  /** All samples below are durable. */
  acknowledged = 0;
  /** The next position to put on the wire; it goes back when a connection is lost or the gateway says so. */
  cursor = 0;
  /** Position of the next sample to be given. */
  until = 0;

  constructor(position = 0, limit = KEPT) {
    this.acknowledged = this.cursor = this.until = this.#there = position;
    this.#limit = limit;
  }

  /** Samples on the wire that are not acknowledged and can be sent again. */
  get inFlight() {
    return Math.max(0, this.cursor - Math.max(this.acknowledged, this.#oldest));
  }

  /** Samples that are not safe yet. */
  get waiting() {
    return this.until - Math.max(this.acknowledged, this.#oldest);
  }

  /** Samples that were dropped because nothing was acknowledged for too long, and that the gateway has not. */
  get lost() {
    const passedOver = this.#gaps.reduce((sum, [from, until]) => sum + until - from, 0);
    return this.#gone + passedOver + Math.max(0, this.#oldest - this.cursor);
  }

  /** Position of the next sample that can be put on the wire. */
  get upcoming() {
    return Math.max(this.cursor, this.#oldest);
  }

  get #oldest() {
    return this.#frames[0]?.position ?? this.until;
  }

  /** Takes the next samples. Over the limit the oldest frames are dropped. */
  add(pcm, capturedAt) {
    this.#frames.push({ position: this.until, capturedAt, pcm });
    this.until += pcm.length;
    while (this.until - this.#oldest > this.#limit && this.#frames.length > 1) {
      this.#frames.shift();
    }
  }

  /** All samples below `position` are durable; an older acknowledgement changes nothing. */
  acknowledge(position) {
    this.acknowledged = Math.max(this.acknowledged, position);
    this.cursor = Math.max(this.cursor, this.acknowledged);
    this.until = Math.max(this.until, this.acknowledged);
    while (this.#frames.length && end(this.#frames[0]) <= this.acknowledged) this.#frames.shift();
    while (this.#gaps.length && this.#gaps[0][1] <= this.acknowledged) {
      const [from, until] = this.#gaps.shift();
      this.#gone += until - from;
    }
  }

  /** Sends again from `position`, or from the own last acknowledged position if that is greater. */
  rewind(position) {
    this.acknowledge(position);
    this.sendAgainFrom(position);
  }

  /** Like `rewind`, after an error that names a position without saying that all below it is durable. */
  sendAgainFrom(position) {
    this.cursor = Math.max(Math.min(this.cursor, position), this.acknowledged);
    this.#there = position;
    this.#gaps = this.#gaps.filter(([, until]) => until <= this.cursor); // the others are found again, and may have grown
  }

  /**
   * Moves what is kept down to where the gateway takes it, before more is sent; returns by how many samples. No gap may
   * be wider than 60 s: after an outage so long that more was lost, the session's time goes on from there.
   */
  closeUp() {
    const excess = this.upcoming - this.#there - WIDEST_GAP;
    if (excess <= 0 || !this.#frames.length) return 0;
    for (const frame of this.#frames) frame.position -= excess;
    this.#gone += excess;
    this.until -= excess;
    this.cursor = Math.min(this.cursor, this.#there); // a log that lost what it had said is safe is below both
    this.acknowledged = Math.min(this.acknowledged, this.cursor);
    return excess;
  }

  /** The frame to send now, cut at the cursor, which moves behind it; null when all was sent. */
  next() {
    const frame = this.#frames.find((each) => end(each) > this.cursor);
    if (!frame) return null;
    const unsent = since(frame, this.cursor);
    if (unsent.position > this.cursor) this.#gaps.push([this.cursor, unsent.position]);
    this.cursor = this.#there = end(unsent);
    return unsent;
  }
}

function end(frame) {
  return frame.position + frame.pcm.length;
}

/** A frame without its samples below `position`. */
function since(frame, position) {
  const cut = position - frame.position;
  if (cut <= 0) return { ...frame };
  const capturedAt = frame.capturedAt + Math.floor((cut * 1000) / SAMPLE_RATE);
  return { position, capturedAt, pcm: frame.pcm.subarray(cut) };
}

/** A frame as the protocol's binary message: position u64, capturedAt u64 (big endian), then s16le. */
export function framed({ position, capturedAt, pcm }) {
  const message = new Uint8Array(16 + 2 * pcm.length);
  const view = new DataView(message.buffer);
  view.setBigUint64(0, BigInt(position));
  view.setBigUint64(8, BigInt(Math.round(capturedAt)));
  message.set(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), 16); // all browsers' machines are little endian
  return message;
}
