// The server's time on this device. No DOM, no socket.

/** Learns from heartbeats by how much the device's clock is off; the answer that came soonest knows best. */
export class ServerClock {
  #aheadMs = 0;
  #roundMs = Infinity;

  /** `serverTime` was said in answer to what was sent at `sentAt`, and heard at `now`; all in Unix ms. */
  heard(serverTime, sentAt, now) {
    const roundMs = now - sentAt;
    if (roundMs < 0 || roundMs > this.#roundMs * 2) return; // the device's clock was set meanwhile, or the answer waited
    this.#roundMs = roundMs;
    this.#aheadMs = serverTime - (sentAt + now) / 2;
  }

  /** Unix ms of the server at `now` of this device. */
  at(now) {
    return now + this.#aheadMs;
  }
}

/** Seconds between the end of the words and `now`, both in the server's clock; null for what cannot be a delay. */
export function delayS(spokenAt, now) {
  const delay = (now - spokenAt) / 1000;
  return delay > -5 && delay < 600 ? Math.max(0, delay) : null;
}
