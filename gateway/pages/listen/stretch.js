// Speech a little faster, at the pitch that it has (WSOLA: Verhelst and Roelands, 1993). No audio API.

/** Half of a window: longer than the period of any voice. */
const HALF_S = 0.015;
/** A window is taken where it fits best, so near to where it belongs. */
const REACH_S = 0.008;
/** Only so many samples are compared, and places tried: a phone does this between two sentences. */
const STRIDE = 4;

/** `samples` in `rate` times less time; `rate` is between 1 and 1.5. The first and the last samples are what they were. */
export function faster(samples, rate, sampleRate) {
  const half = Math.round(sampleRate * HALF_S);
  const reach = Math.round(sampleRate * REACH_S);
  const out = new Float32Array(samples.length + half);
  let [read, written] = [0, 0];
  while (true) {
    const aim = Math.round(written * rate);
    if (aim + reach + 2 * half > samples.length) break;
    const from = aim <= read ? read : alike(samples, read, aim, reach, half);
    for (let n = 0; n < half; n += 1) out[written + n] = samples[read + n] + ((samples[from + n] - samples[read + n]) * n) / half;
    read = from + half;
    written += half;
  }
  out.set(samples.subarray(read), written);
  return out.subarray(0, written + samples.length - read);
}

/** The place near `aim` whose sound goes on best from what stands at `read`. */
function alike(samples, read, aim, reach, half) {
  let [best, most] = [aim, -Infinity];
  for (let from = Math.max(0, aim - reach); from <= aim + reach; from += STRIDE) {
    let [product, energy] = [0, 1e-6];
    for (let n = 0; n < half; n += STRIDE) {
      product += samples[read + n] * samples[from + n];
      energy += samples[from + n] ** 2;
    }
    const likeness = product / Math.sqrt(energy);
    if (likeness > most) [best, most] = [from, likeness];
  }
  return best;
}
