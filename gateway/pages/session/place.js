// Where the page is, where its socket is, and who can open a link. No DOM.

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

/** Whether only this machine can open a link: a phone that scans it would look for the server in itself. */
export function onlyHere(link) {
  const { hostname } = new URL(link);
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
