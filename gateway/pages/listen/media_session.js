// What a phone shows of the sound while it is locked, and its buttons there.

/** Says what is heard; `pause` and `resume` are what the page's own button does. */
export function showMedia({ title, language }, { pause, resume }, browser = navigator, Metadata = globalThis.MediaMetadata) {
  if (!browser.mediaSession || !Metadata) return;
  browser.mediaSession.metadata = new Metadata({ title, artist: language, album: "Dragoman" });
  for (const [action, act] of [["play", resume], ["pause", pause], ["stop", pause]]) {
    try {
      browser.mediaSession.setActionHandler(action, act);
    } catch {
      // a button that this browser does not know
    }
  }
}

/** What its button shows: `playing` or `paused`. */
export function showPlaying(playing, browser = navigator) {
  if (browser.mediaSession) browser.mediaSession.playbackState = playing ? "playing" : "paused";
}
