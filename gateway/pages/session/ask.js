// Asks the gateway by HTTP: no answer is waited for longer than a person would.

const PATIENCE_MS = 10_000;
const PAUSE_S = 5;

/** The server asks for a pause. */
export class BusyError extends Error {
  /** `seconds` to wait. */
  constructor(seconds) {
    super(`busy for ${seconds} s`);
    this.retryAfterMs = seconds * 1000;
  }

  get seconds() {
    return this.retryAfterMs / 1000;
  }
}

/** As `fetch`. Raises BusyError for an answer 429, and what `fetch` raises when there is none within 10 s. */
export async function ask(url, options = {}) {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  if (response.status === 429) throw new BusyError(Number(response.headers.get("Retry-After")) || PAUSE_S);
  return response;
}
