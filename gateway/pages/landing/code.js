// A session's code as people type it. No DOM.

/** The code in what was typed or pasted, also from a whole link; the server ignores case, spaces and hyphens. */
export function typedCode(typed) {
  const [, linked] = /\/listen\/([^/?#\s]+)/.exec(typed) ?? [];
  const text = linked === undefined ? typed : unescaped(linked);
  return text.trim().toLowerCase().replace(/[\s\-‐‑–—_]+/g, "-");
}

function unescaped(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
