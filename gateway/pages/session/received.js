// What was received of captions and speech: where to resume, what was lost, what was caught up. No DOM, no socket.

import { Chain } from "./chain.js";

export class Received {
  #say;
  #chains = newChains();
  #resumed = false;
  #until = null;
  #caughtUp = 0;
  #revision = "";
  /** The last revision of before the join, or the change: what comes with the history goes no further. */
  #ofBefore = "";

  /** `say` gets `missed` {product} and `recovered` {captions: how many}. */
  constructor(say) {
    this.#say = say;
  }

  /** One that knows no ids. */
  anew() {
    return new Received(this.#say);
  }

  /** The members of `resume`; what follows is taken for an answer to them. */
  resume() {
    const seen = Object.entries(this.#chains).filter(([, chain]) => chain.last);
    this.#resumed = seen.length > 0;
    const revisions = this.#revision && { revisions: this.#revision };
    return { ...Object.fromEntries(seen.map(([product, chain]) => [product, chain.last])), ...revisions };
  }

  /**
   * Before the page gets a message; false for a caption of the history, or one that was revised after its time, which
   * is `late` when that was while the page was there.
   */
  take(message) {
    if (message.type === "sessionJoined") this.#begin(message);
    if (message.type === "languageChanged") this.#change(message);
    if (message.revised) return this.#revised(message);
    if (!message.id) return true;
    if (message.type === "caption") return this.#caption(message);
    this.#follow("speech", message);
    return true;
  }

  /** After the page got it: what was caught up is said behind the last of it. */
  told(message) {
    if (message.type === "sessionJoined" && this.#until === null) this.#whole();
    if (message.type === "caption" && message.id && message.id === this.#until) {
      this.#until = null;
      this.#whole();
    }
  }

  #begin(message) {
    for (const [product, chain] of Object.entries(this.#chains)) {
      const told = message[product];
      if (!told) this.#chains[product] = new Chain();
      else if (!chain.start(told, product === "captions")) this.#lost(product); // whoever joins asks for their history
    }
    this.#expect(message.captions, this.#chains.captions.last);
    this.#ofBefore = message.captions?.revisions ?? "";
    if (!message.captions?.recovered) this.#revision = message.captions?.revisions ?? "";
  }

  /** A channel that stays is `recovered`; the ids of another one begin anew. */
  #change(message) {
    this.#resumed = false;
    for (const product of Object.keys(this.#chains)) {
      const told = message[product];
      if (told?.recovered) continue;
      this.#chains[product] = new Chain();
      if (told) this.#chains[product].start(told);
    }
    if (!message.captions || message.captions.recovered) return;
    this.#expect(message.captions, "");
    this.#revision = this.#ofBefore = message.captions.revisions ?? "";
  }

  /** Captions up to the history's last entry are not live. */
  #expect(told, last) {
    this.#caughtUp = 0;
    const due = told?.id && !(told.recovered && told.id === last);
    this.#until = due ? told.id : null;
  }

  #caption(message) {
    const before = this.#until !== null && message.previous !== this.#until;
    if (!before) this.#until = null;
    if (before) this.#caughtUp += 1;
    this.#follow("captions", message);
    return !before;
  }

  /** One that stands for an entry is followed like that; another one stands at the entry before it. */
  #revised(message) {
    message.late = isBeyond(message.revisionId, this.#ofBefore);
    if (message.id !== message.previous) this.#caption(message);
    else {
      this.#revision = message.revisionId;
      if (message.id) this.#follow("captions", message);
    }
    return false;
  }

  #follow(product, { id, previous }) {
    if (!this.#chains[product].follow(id, previous)) this.#lost(product);
  }

  #lost(product) {
    this.#resumed = false;
    this.#say({ type: "missed", product });
  }

  #whole() {
    if (this.#resumed) this.#say({ type: "recovered", captions: this.#caughtUp });
    this.#resumed = false;
  }
}

/** Whether a revision goes further than another one in either of the two topics that its id counts. */
function isBeyond(revision, known) {
  const seen = known.split("-").map(Number);
  return revision.split("-").some((place, n) => !(Number(place) <= seen[n]));
}

function newChains() {
  return { captions: new Chain(), speech: new Chain() };
}
