// Links that are for one person only: what they carry stands behind the #, which no server is sent. No DOM.

const PRIVATE = /^#([^/]+)\/([\w.-]+)$/;

/** `{ code, token }` of the session that a private link is about, or null. */
export function privateIn(hash) {
  const [, code, token] = PRIVATE.exec(hash) ?? [];
  try {
    return token ? { code: decodeURIComponent(code), token } : null;
  } catch {
    return null; // cut or mistyped on its way: no link at all, and no page that stands still
  }
}

/** The link to a page, `speak` or `moderate`, beside the link of the session's listeners. */
export function privateLink(page, { code, token }, joinUrl) {
  return new URL(`/${page}#${encodeURIComponent(code)}/${token}`, joinUrl).href;
}
