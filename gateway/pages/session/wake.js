// Keeps the screen awake while someone reads.

export class Wake {
  #lock = null;
  #wanted = false;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#take());
  }

  /** From now on; a browser that cannot do it lets the screen sleep as it likes. */
  begin() {
    this.#wanted = true;
    return this.#take();
  }

  end() {
    this.#wanted = false;
    this.#lock?.release();
    this.#lock = null;
  }

  /** The browser takes the lock away when the page is hidden. */
  async #take() {
    if (!this.#wanted || document.visibilityState !== "visible" || (this.#lock && !this.#lock.released)) return;
    try {
      this.#lock = await navigator.wakeLock?.request("screen");
    } catch {
      this.#lock = null; // battery saving says no
    }
  }
}
