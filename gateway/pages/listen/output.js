// Where sound comes out: on a phone through a media element, which its mute switch does not silence and its lock does not stop.

/** Whether this device needs that: an iPhone or iPad, which silences everything else. */
export function needsElement(browser = navigator) {
  return "audioSession" in browser || /\b(iPhone|iPad|iPod)\b/.test(browser.userAgent ?? "");
}

/** What the sound of a context is to be connected to. To be called from a tap. `newElement` and `browser`: tests bring their own. */
export function outputOf(context, browser = navigator, newElement = () => new Audio()) {
  if (browser.audioSession) browser.audioSession.type = "playback";
  if (!needsElement(browser)) return context.destination;
  const destination = context.createMediaStreamDestination();
  const element = newElement();
  element.srcObject = destination.stream;
  element.play()?.catch(() => {}); // then it is as silent as it was without
  return destination;
}
