// What was received of one channel: where to resume, and whether something is missing. No DOM, no socket.

export class Chain {
  /** Id of the last entry received, "" before the first: ids mean nothing here. */
  last = "";
  #started = false;
  #begun = false;

  /** Joined at `id`; false when what was said since the join before is gone. What `follows` as history is not. */
  start({ id, recovered }, follows = false) {
    const again = this.#started;
    this.#started = true;
    if (recovered) return true;
    const whole = !this.last && !(again && id && !follows);
    this.last = id ?? "";
    this.#begun = false; // the first entry of the history follows one that was not asked for
    return whole;
  }

  /** An entry arrived; false when the one before it never did. */
  follow(id, previous) {
    const whole = !this.#begun || previous === this.last || id === this.last;
    this.#begun = true;
    this.last = id;
    return whole;
  }
}
