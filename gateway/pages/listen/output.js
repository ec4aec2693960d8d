// Where sound comes out: on a phone through a media element, which its mute switch does not silence and its lock does not stop.

/** Whether this device needs that: an iPhone or iPad, which silences everything else. */
export function needsElement(browser = navigator) {
  return "audioSession" in browser || /\b(iPhone|iPad|iPod)\b/.test(browser.userAgent ?? "");
}

/**
 * The `node` that the sound of a context is to be connected to, and `play()`, to be called from every tap: a call stops the
 * element, too. `newElement` and `browser`: tests bring their own.
 */
export function outputOf(context, browser = navigator, newElement = () => new Audio()) {
  if (browser.audioSession) browser.audioSession.type = "playback";
  if (!needsElement(browser)) return { node: context.destination, play() {} };
  const destination = context.createMediaStreamDestination();
  const element = newElement();
  element.srcObject = destination.stream;
  return { node: destination, play: () => element.play()?.catch(() => {}) }; // then it is as silent as it was without
}
