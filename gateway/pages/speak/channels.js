// One channel from those of a mixing desk or a sound card: a voice is as loud as it was, wherever it is. No audio API.

const EMPTY = 0.01; // 20 dB below the loudest: a channel without a voice of its own would only make the others softer
const CANCELLED = 0.5; // share of the power that channels have together which do not belong together
const ENOUGH_S = 1; // of sound, before anything is decided
const AUDIBLE = 1e-6; // -60 dBFS: what is softer says nothing about channels
const LOST_S = 3; // what was heard so long ago counts a third as much

/** Takes blocks of channels (arrays of samples from -1 to 1) and gives one of the same length. */
export class Channels {
  #power = [];
  #mixed = 0;
  #heardS = 0;
  #rate;
  #kept = null; // which channels there is something in

  /** Two channels cancel each other out, as if one were wired the wrong way round: only one is taken. */
  cancelled = false;

  constructor(rate) {
    this.#rate = rate;
  }

  process(channels) {
    if (channels.length === 1) return channels[0];
    if (this.#power.length !== channels.length) this.#begin(channels.length);
    this.#measure(channels);
    return mean(this.#kept ? this.#kept.map((n) => channels[n]) : channels);
  }

  #begin(count) {
    this.#power = new Array(count).fill(0);
    this.#mixed = this.#heardS = 0;
    this.#kept = null;
    this.cancelled = false;
  }

  #measure(channels) {
    const powers = channels.map(power);
    if (Math.max(...powers) < AUDIBLE) return;
    const seconds = channels[0].length / this.#rate;
    const stays = Math.exp(-seconds / LOST_S);
    this.#heardS += seconds;
    this.#power = this.#power.map((before, n) => before * stays + powers[n] * seconds);
    const heard = this.#audible();
    this.#mixed = this.#mixed * stays + power(mean(heard.map((n) => channels[n]))) * seconds;
    if (this.#heardS >= ENOUGH_S) this.#decide(heard);
  }

  #audible() {
    const loudest = Math.max(...this.#power);
    return this.#power.flatMap((each, n) => (each >= loudest * EMPTY ? [n] : []));
  }

  #decide(heard) {
    const apart = heard.reduce((sum, n) => sum + this.#power[n], 0) / heard.length ** 2;
    this.cancelled = heard.length > 1 && this.#mixed < CANCELLED * apart;
    this.#kept = this.cancelled ? [this.#power.indexOf(Math.max(...this.#power))] : heard;
  }
}

function power(samples) {
  return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
}

function mean(channels) {
  if (channels.length === 1) return channels[0];
  return channels[0].map((_, n) => channels.reduce((sum, each) => sum + each[n], 0) / channels.length);
}
