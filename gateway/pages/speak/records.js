// What the gateway has of a session that is over: its text, which can be taken along, and the session itself.

import { credential } from "../access/access.js";
import { ask } from "../session/ask.js";
import { nameOf } from "../session/file_name.js";

const READING_MS = 20_000; // a long session is read back from the log

/** The gateway's answer was a refusal; `status` is that of HTTP. */
export class NotGivenError extends Error {
  constructor(status) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

/** The languages in which the session has text, the one that was spoken first. Rejects as `textOf`. */
export async function languagesOf({ code }) {
  const { sourceLanguage, transcripts } = await (await asked(code, "")).json();
  return transcripts.sort((a, b) => (b === sourceLanguage) - (a === sourceLanguage));
}

/** The text, as `{ name, blob }` of a file; `query`: as the gateway knows it. Rejects with NotGivenError, or as `ask` does. */
export async function textOf({ code, pin }, query) {
  const shown = await credential();
  const headers = {
    ...(pin ? { "X-Dragoman-Pin": encodeURIComponent(pin) } : {}),
    ...(shown ? { Authorization: `Bearer ${shown}` } : {}),
  };
  const response = await asked(code, `/transcript?${new URLSearchParams(query)}`, { headers, signal: AbortSignal.timeout(READING_MS) });
  return { name: nameOf(response) ?? `${code}.${query.format}`, blob: await response.blob() };
}

/** Deletes the session; resolves to when (Unix ms) `audioExpiresAt` and `textExpiresAt`. Rejects as `textOf`. */
export async function deleteSession({ code, token }) {
  const response = await asked(code, "", { method: "DELETE", headers: { Authorization: `Bearer ${token}` } });
  return response.json();
}

async function asked(code, path, options = {}) {
  const response = await ask(`/api/sessions/${encodeURIComponent(code)}${path}`, options);
  if (!response.ok) throw new NotGivenError(response.status);
  return response;
}
