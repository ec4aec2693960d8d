// Whether somebody leaves the page for good, or only their phone does. No socket.

/**
 * Calls `leave` when the page is closed, loaded again or left for another one while it is seen. A phone that locks, goes
 * to another app or discards the page has hidden it before, and a page that is kept may be shown again: neither is a
 * departure.
 */
export function onDeparture(leave, page = window) {
  page.addEventListener("pagehide", ({ persisted }) => {
    if (!persisted && page.document.visibilityState === "visible") leave();
  });
}
