// What the head says: the state, how far behind, and what just happened.

import { text } from "../texts/texts.js";

const KINDS = { live: "live", paused: "waits", muted: "waits", away: "waits" };
const SHOWN_MS = 8000;

export class Status {
  #state;
  #delay;
  #notice;
  #speaker = null;
  #connection = "";
  #pauseS = 0;
  #offline = false;
  #pausedHere = false;
  #turn = 0;

  /** The elements of the state, the delay and the notice. */
  constructor(state, delay, notice) {
    [this.#state, this.#delay, this.#notice] = [state, delay, notice];
  }

  /** What the speaker does: `live`, `paused`, `muted`, `away` or `ended`. */
  speaker(state) {
    this.#speaker = state;
    this.#show();
  }

  /** The speech stands still on this page, whatever the speaker does. */
  pausedHere(paused) {
    if (paused === this.#pausedHere) return;
    this.#pausedHere = paused;
    this.#show();
  }

  /** The speaker speaks, and is seen to. */
  get live() {
    return this.#speaker === "live" && this.#connection === "joined" && !this.#offline;
  }

  /** Whether the device has no network: that is the nearer cause. */
  offline(offline) {
    this.#offline = offline;
    this.#show();
  }

  /** How the connection is, as `Connection` says; a speaker is seen through one that is `joined` only. */
  connection(state, pauseMs = 0) {
    this.#connection = state;
    this.#pauseS = Math.ceil(pauseMs / 1000);
    this.#show();
  }

  /** What the speaker does, seen without a connection. */
  glance(state) {
    if (state) this.#write(text(`listen.state${state[0].toUpperCase()}${state.slice(1)}`), KINDS[state] ?? "");
  }

  /** Says it again, in the language in which the page is shown now. */
  retell() {
    if (this.#speaker) this.#show();
  }

  /** Something else, until the next state. */
  say(words, kind = "") {
    this.#write(words, kind);
  }

  /** Something that happened, for a moment. */
  notice(words) {
    this.#notice.textContent = words;
    this.#turn += 1;
    const turn = this.#turn;
    setTimeout(() => {
      if (turn === this.#turn) this.#notice.textContent = "";
    }, SHOWN_MS);
  }

  /** Seconds behind the speaker, or null; `without`: for so many no caption has come, or null. In a pause nothing is said of it. `faster`: it is being caught up. */
  delay(seconds, without, faster) {
    const [name, shown] = without === null ? [faster ? "listen.delayFaster" : "listen.delay", seconds] : ["listen.noCaptions", without];
    const words = shown === null || this.#pausedHere ? "" : text(name, { seconds: Math.round(shown) });
    this.#delay.hidden = !words;
    this.#delay.className = without === null ? "" : "bad";
    if (this.#delay.textContent !== words) this.#delay.textContent = words;
  }

  #show() {
    const joined = this.#connection === "joined";
    if (this.#speaker === "ended") this.glance("ended");
    else if (this.#offline) this.#write(text("listen.offline"), "bad");
    else if (this.#connection && !joined) this.#write(text(`listen.${this.#connection}`, { seconds: this.#pauseS }), this.#connection === "connecting" ? "waits" : "bad");
    else if (this.#speaker === "live" && this.#pausedHere) this.#write(text("listen.speechPaused"), "waits");
    else this.glance(this.#speaker);
  }

  #write(words, kind) {
    if (this.#state.textContent !== words) this.#state.textContent = words;
    this.#state.dataset.kind = kind;
  }
}
