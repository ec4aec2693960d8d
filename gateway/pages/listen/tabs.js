// Two tabs of one session in a browser: only one of them speaks.

/** Calls `yielded` when another tab begins to speak; `take` says that this one does. Nothing where browsers know no channels. */
export class Tabs {
  #channel = null;

  constructor(code, yielded, Channel = globalThis.BroadcastChannel) {
    if (!Channel) return;
    this.#channel = new Channel(`dragoman.listen.${code.toLowerCase()}`);
    this.#channel.onmessage = () => yielded();
  }

  take() {
    this.#channel?.postMessage("speaks");
  }
}
