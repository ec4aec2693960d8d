// Whether and when a lost socket is opened again, as the protocol's table of close codes says. No socket, no timer.

const FINAL_CODES = new Map([
  [1007, "refused"],
  [1009, "refused"],
  [4001, "refused"],
  [4003, "forbidden"],
  [4009, "replaced"],
]);
const TOO_MANY = 4029;
const AT_ONCE = [1001, 1012];
const LONGEST_PAUSE_MS = 5000;

/** Why nothing is tried again after a close code, or undefined. */
export function finality(code) {
  return FINAL_CODES.get(code);
}

/** What a listener is told of a loss: `busy` when the server asks for a pause. */
export function lossOf(code) {
  return code === TOO_MANY ? "busy" : "lost";
}

/** The pauses between attempts; chance keeps a hall from coming back in one instant. */
export class Comeback {
  #attempts = 0;
  #chance;

  /** `chance` gives numbers from 0 to 1. */
  constructor(chance = Math.random) {
    this.#chance = chance;
  }

  /** It worked: the next loss is the first one. */
  worked() {
    this.#attempts = 0;
  }

  /** Ms to wait after a close `code`; `leaving`: the gateway asked for it; at least `leastMs`. */
  pauseMs(code, { leaving = false, leastMs = 0 } = {}) {
    const atOnce = this.#attempts === 0 && !leastMs && (leaving || AT_ONCE.includes(code));
    const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** this.#attempts) * (0.5 + this.#chance());
    this.#attempts += 1;
    if (atOnce) return 0;
    const least = Math.max(leastMs, code === TOO_MANY ? LONGEST_PAUSE_MS : 0);
    return least ? least + pause : pause;
  }
}
