// Of a session a browser listens in one tab: two would speak both, and count as two people.

export class Tabs {
  /** Another tab listens. */
  elsewhere = false;
  #channel = null;
  #since = 0;
  /** The greatest of all `since`: a clock may be set back. */
  #latest = 0;
  #now;
  #yielded;
  #changed;

  /**
   * `yielded` is called when another tab takes the session from this one, `changed` when one is there or gone while this
   * one does not listen. Nothing happens where browsers know no channels.
   */
  constructor(code, yielded, changed, Channel = globalThis.BroadcastChannel, now = exactly) {
    [this.#yielded, this.#changed, this.#now] = [yielded, changed, now];
    if (!Channel) return;
    this.#channel = new Channel(`dragoman.listen.${code.toLowerCase().replace(/[^a-z0-9]/g, "")}`);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#say("ask");
  }

  /** This tab listens from now on, and no other one. */
  take() {
    this.#since = this.#latest = Math.max(this.#now(), this.#latest + 1);
    this.elsewhere = false;
    this.#say("here");
  }

  /** It does so no longer. */
  leave() {
    if (this.#since) this.#say("gone");
    this.#since = 0;
  }

  /** Shown again: asleep it may have heard of no other one. */
  ask() {
    if (this.#since) this.#say("ask");
  }

  #say(kind) {
    this.#channel?.postMessage({ kind, since: this.#since });
  }

  #hear({ kind, since }) {
    this.#latest = Math.max(this.#latest, since);
    const newer = since > this.#since; // one that asks, too, if this tab was asleep when that one took the session
    if (kind === "ask" && !newer && this.#since) this.#say("here");
    if (kind === "here" || (kind === "ask" && newer)) this.#there(since);
    if (kind === "gone") {
      this.elsewhere = false;
      this.#changed();
    }
  }

  #there(since) {
    if (this.#since >= since) return;
    const listened = this.#since > 0;
    this.#since = 0;
    this.elsewhere = true;
    if (listened) this.#yielded();
    else this.#changed();
  }
}

/** Two tabs that begin in the same millisecond, before they hear of each other, are told apart. */
function exactly() {
  return Date.now() + Math.random();
}
