// Whether the way back to live is offered. No DOM, no clock.

/** More than the sentences that wait for their turn anyway. */
const BEHIND_S = 12;
/** No more than this waits where nothing is late. */
const LIVE_S = 4;

/** A pause leaves a delay: the jump is offered until that is caught up. */
export class Behind {
  #left = false;

  /** Somebody paused. */
  paused() {
    this.#left = true;
  }

  /** Whether to offer it, where so many seconds of speech wait. */
  offered(paused, waitingS) {
    if (!paused && waitingS < LIVE_S) this.#left = false;
    return paused || this.#left || waitingS > BEHIND_S;
  }
}
