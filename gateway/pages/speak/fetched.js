// Answers of the gateway by HTTP. No DOM.

const LONGEST_MS = 10_000;

/** As `fetch`, but a server that does not answer is given up after 10 s. */
export function fetched(path, options = {}) {
  return fetch(path, { signal: AbortSignal.timeout(LONGEST_MS), ...options });
}
