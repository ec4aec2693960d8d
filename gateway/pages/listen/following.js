// Whether the newest caption stays in view. No DOM: a view is an element's scrollTop, clientHeight and scrollHeight.

const NEAR_PX = 24;

/**
 * Only the reader's own scrolling ends it; reaching the end begins it again.
 *
 * A scroll is the reader's if the layout is the one that was last settled: turning a phone or a new caption moves the
 * text, too, but changes the heights with it.
 */
export class Following {
  #on = true;
  #settled = null;

  get on() {
    return this.#on;
  }

  /** The layout is new; if the end is followed, the view is there now. */
  settled(view) {
    this.#settled = heights(view);
  }

  /** The view has been scrolled, by whomever. */
  scrolled(view) {
    if (view.scrollHeight - view.clientHeight - view.scrollTop <= NEAR_PX) this.#on = true;
    else if (heights(view) === this.#settled) this.#on = false;
  }

  /** The reader asks for the newest. */
  resume() {
    this.#on = true;
  }
}

function heights({ clientHeight, scrollHeight }) {
  return `${clientHeight}/${scrollHeight}`;
}
