// Plays speech through Web Audio without gaps.

import { Playback, samplesOf } from "./playback.js";

export class Player {
  #context = null;
  #playback = new Playback();
  #sources = new Set();
  #decoded = Promise.resolve();
  #turn = 0;
  #muted = false;

  get muted() {
    return this.#muted;
  }

  /** Must be called from a tap: browsers unlock sound only then. */
  unlock() {
    this.#context ??= new AudioContext();
    return this.#context.resume();
  }

  /** Takes a part: decoding may take differently long, playing keeps the order. */
  take(message, bytes) {
    if (this.#muted || !this.#context || !this.#playback.isNew(message) || !bytes.byteLength) return;
    const turn = this.#turn;
    const decoding = this.#decode(message, bytes).catch(() => null);
    this.#decoded = this.#decoded.then(async () => {
      const buffer = await decoding;
      if (buffer && turn === this.#turn) this.#play(buffer);
    });
  }

  /** What comes while it is silent is not played later: that would be old by then. */
  mute() {
    this.#muted = true;
    this.stop();
  }

  /** From a tap, too: a phone takes the sound away, for instance for a call. */
  unmute() {
    this.#muted = false;
    return this.unlock();
  }

  stop() {
    this.#turn += 1;
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
    this.#playback.clear();
  }

  #decode(message, bytes) {
    if (message.format !== "pcm16") return this.#context.decodeAudioData(bytes.slice().buffer);
    const samples = samplesOf(bytes);
    const buffer = this.#context.createBuffer(1, samples.length, message.sampleRate);
    buffer.copyToChannel(samples, 0);
    return Promise.resolve(buffer);
  }

  #play(buffer) {
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#context.destination);
    source.start(this.#playback.schedule(this.#context.currentTime, buffer.duration));
    this.#sources.add(source);
    source.addEventListener("ended", () => this.#sources.delete(source));
  }
}

/** The encodings that this browser plays, the best first. */
export async function formats() {
  const opus = document.createElement("audio").canPlayType('audio/ogg; codecs="opus"');
  return opus ? ["ogg-opus", "pcm16"] : ["pcm16"];
}
