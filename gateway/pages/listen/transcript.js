// Takes the text of the session along.

import { ask } from "../session/ask.js";
import { nameOf } from "../session/file_name.js";

export const FORMATS = ["txt", "srt", "vtt", "json"];

/** The server refuses it: `code` is that of the protocol. */
export class TranscriptError extends Error {
  constructor({ code, message }) {
    super(message);
    this.code = code;
  }
}

/** What shows the server that this reader may have it: a PIN or a credential, where there is one. */
export function headersFor(pin, credential) {
  return { ...(pin && { "X-Dragoman-Pin": encodeURIComponent(pin) }), ...(credential && { Authorization: `Bearer ${credential}` }) };
}

/** Saves the transcript as a file. Raises TranscriptError, BusyError, and what `fetch` raises. */
export async function takeTranscript(code, language, format, headers) {
  const query = new URLSearchParams({ language, format });
  const response = await ask(`/api/sessions/${encodeURIComponent(code)}/transcript?${query}`, { headers, signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new TranscriptError(await response.json());
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = nameOf(response) ?? `${code}-${language}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
