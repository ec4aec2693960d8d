// Who can open a link. No DOM.

/** Whether only this machine can: a phone that scans it would look for the server in itself. */
export function onlyHere(link) {
  const { hostname } = new URL(link);
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
