// From the device's sample rate to 16 kHz: a low-pass filter (windowed sinc, Kaiser) in polyphase form. No audio API.

export const TARGET = 16_000;
const STOP_DB = 70;
const TRANSITION = 0.15; // of half the lower rate: at 16 kHz the band up to 6.8 kHz is kept, from 8 kHz nothing is left

/** Takes blocks of samples at one rate and gives them at another, without a seam between blocks. */
export class Resampler {
  #up;
  #down;
  #phases;
  #taps;
  #kept;
  #next = 0; // time of the next sample, in 1/up input samples from the start of what is kept

  constructor(from, to = TARGET) {
    const common = gcd(from, to);
    this.#up = to / common;
    this.#down = from / common;
    const half = Math.ceil(halfWidth(from, to));
    this.#taps = 2 * half;
    this.#phases = Array.from({ length: this.#up }, (_, phase) => taps(half, phase / this.#up, cutoff(from, to) / from));
    this.#kept = new Float32Array(half - 1); // silence before the first sample: the filter delays, but shifts nothing
  }

  /** The samples that can be computed now; the filter's half length, under 3 ms, comes with the next block. */
  process(block) {
    const input = joined(this.#kept, block);
    const available = (input.length - this.#taps + 1) * this.#up;
    const output = new Float32Array(Math.max(0, Math.ceil((available - this.#next) / this.#down)));
    for (let n = 0; n < output.length; n += 1, this.#next += this.#down) {
      output[n] = filtered(input, Math.floor(this.#next / this.#up), this.#phases[this.#next % this.#up]);
    }
    const used = Math.min(Math.floor(this.#next / this.#up), input.length);
    this.#next -= used * this.#up;
    this.#kept = input.slice(used);
    return output;
  }
}

function filtered(input, start, weights) {
  let sum = 0;
  for (let k = 0; k < weights.length; k += 1) sum += input[start + k] * weights[k];
  return sum;
}

function joined(first, second) {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function cutoff(from, to) {
  return (Math.min(from, to) / 2) * (1 - TRANSITION / 2);
}

/** Kaiser's formula for the length of a filter, halved, in input samples. */
function halfWidth(from, to) {
  const width = (Math.PI * TRANSITION * Math.min(from, to)) / from;
  return (STOP_DB - 8) / (2.285 * width) / 2;
}

/** Weights of the input samples around a point `shift` (0 to 1) behind a sample; `edge` in cycles per input sample. */
function taps(half, shift, edge) {
  const beta = 0.1102 * (STOP_DB - 8.7);
  const weights = Float64Array.from({ length: 2 * half }, (_, k) => {
    const x = k - (half - 1) - shift;
    return sinc(2 * edge * x) * bessel(beta * Math.sqrt(Math.max(0, 1 - (x / half) ** 2)));
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The modified Bessel function of the first kind, order 0, by its series. */
function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a, b) {
  return b === 0 ? a : gcd(b, a % b);
}
