// Takes the text of the session along.

export const FORMATS = ["txt", "srt", "vtt"];

/** Saves the transcript as a file; what the server says when it gives none, else null. */
export async function takeTranscript(code, language, format) {
  const query = new URLSearchParams({ language, format });
  const response = await fetch(`/api/sessions/${encodeURIComponent(code)}/transcript?${query}`);
  if (!response.ok) return (await response.json().catch(() => ({}))).message ?? "";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = `${code}-${language}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return null;
}
