// What anyone may know of a session.

import { ask } from "./ask.js";

const AGAIN_MS = 3000;

/** `{found, answer}` as of now; raises when there is no answer, and BusyError. */
export async function look(code) {
  const response = await ask(`/api/sessions/${encodeURIComponent(code)}`);
  if (response.status === 503) throw new Error("unavailable");
  return { found: response.ok, answer: await response.json() };
}

/** As `look`, however long it takes; `trouble` is told what was raised before it is tried again. */
export async function lookUntilAnswered(code, trouble, wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))) {
  while (true) {
    try {
      return await look(code);
    } catch (error) {
      trouble(error);
      await wait(error.retryAfterMs ?? AGAIN_MS);
    }
  }
}
