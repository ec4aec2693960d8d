// Takes the text of the session along.

export const FORMATS = ["txt", "srt", "vtt"];

/** Saves the transcript as a file; false when the server gives none. `pin` is the session's, if it has one. */
export async function takeTranscript(code, language, format, pin) {
  const query = new URLSearchParams({ language, format });
  const headers = pin ? { "X-Dragoman-Pin": encodeURIComponent(pin) } : {};
  const response = await fetch(`/api/sessions/${encodeURIComponent(code)}/transcript?${query}`, { headers });
  if (!response.ok) return false;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = `${code}-${language}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return true;
}
