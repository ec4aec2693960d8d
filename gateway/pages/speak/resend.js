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

  /** All samples below are durable. */
  acknowledged = 0;
  /** The next position to put on the wire; it goes back when a connection is lost or the gateway says so. */
  cursor = 0;
  /** Position of the next sample to be given. */
  until = 0;
  /** Samples that were dropped because nothing was acknowledged for too long. */
  lost = 0;

  constructor(position = 0, limit = KEPT) {
    this.acknowledged = this.cursor = this.until = position;
    this.#limit = limit;
  }

  /** Samples on the wire that are not acknowledged. */
  get inFlight() {
    return Math.max(0, this.cursor - Math.max(this.acknowledged, this.#oldest));
  }

  /** Samples that are not safe yet. */
  get waiting() {
    return this.until - Math.max(this.acknowledged, this.#oldest);
  }

  get #oldest() {
    return this.#frames[0]?.position ?? this.until;
  }

  /** Takes the next samples. Over the limit the oldest frames are lost, which the server keeps as a gap. */
  add(pcm, capturedAt) {
    this.#frames.push({ position: this.until, capturedAt, pcm });
    this.until += pcm.length;
    while (this.until - this.#oldest > this.#limit && this.#frames.length > 1) {
      const gone = this.#frames.shift();
      this.lost += end(gone) - Math.max(gone.position, this.acknowledged);
    }
  }

  /** All samples below `position` are durable; an older acknowledgement changes nothing. */
  acknowledge(position) {
    this.acknowledged = Math.max(this.acknowledged, position);
    this.cursor = Math.max(this.cursor, this.acknowledged);
    this.until = Math.max(this.until, this.acknowledged);
    while (this.#frames.length && end(this.#frames[0]) <= this.acknowledged) this.#frames.shift();
  }

  /** Sends again from `position`, or from the own last acknowledged position if that is greater. As `#closeUp`. */
  rewind(position) {
    this.acknowledge(position);
    this.cursor = this.acknowledged;
    return this.#closeUp(position);
  }

  /** Like `rewind`, after an error that names a position without saying that all below it is durable. */
  sendAgainFrom(position) {
    this.cursor = Math.max(Math.min(this.cursor, position), this.acknowledged);
    return this.#closeUp(position);
  }

  /** The frame to send now, cut at the cursor, which moves behind it; null when all was sent. */
  next() {
    const frame = this.#frames.find((each) => end(each) > this.cursor);
    if (!frame) return null;
    const unsent = since(frame, this.cursor);
    this.cursor = end(unsent);
    return unsent;
  }

  /**
   * The gateway takes no gap of more than 60 s: what was kept moves down to where it is taken, after an absence so long
   * that more than that was lost. Returns by how many samples.
   */
  #closeUp(position) {
    const excess = this.#oldest - Math.max(position, this.acknowledged) - WIDEST_GAP;
    if (excess <= 0) return 0;
    for (const frame of this.#frames) frame.position -= excess;
    this.until -= excess;
    return excess;
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
