// How long, in figures. No DOM.

/** Seconds as `m:ss` or `h:mm:ss`. */
export function duration(seconds) {
  const whole = Math.floor(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** How far captions follow behind the words, in s: the stages before them; null while it is not known. */
export function captionLag({ transcribe, translate, broadcast }) {
  if (transcribe === null || transcribe === undefined) return null;
  return (transcribe + (translate ?? 0) + (broadcast ?? 0)) / 1000;
}
