// Where the page is, and where its socket is. No DOM.

/** The session's code at the end of a path; as it stands there when it is none that can be decoded. */
export function codeIn(pathname) {
  const last = pathname.split("/").pop();
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** The address of the socket beside a page. */
export function socketUrl({ protocol, host }) {
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/ws`;
}
