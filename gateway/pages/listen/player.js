// Plays speech through Web Audio without gaps.

import { outputOf } from "./output.js";
import { KEPT_S, Playback, samplesOf } from "./playback.js";
import { faster } from "./stretch.js";

/** So much is still heard of what waited while the device had taken the sound away. */
const RECENT_S = 5;

export class Player {
  /** What is late is played a little faster, until it is no longer. */
  catchUp = true;
  #context = null;
  #output = null;
  #gain = null;
  #playback = new Playback((part, rate) => this.#hastened(part, rate));
  #sources = new Set();
  #decoded = Promise.resolve();
  #turn = 0;
  #muted = false;
  #paused = false;
  #volume = 1;
  #onDropped;
  #onCaughtUp;
  #taken = false;
  #newContext;

  /**
   * `onDropped` is told how many seconds of speech were given up while it stood still, `onCaughtUp` how many when the
   * sound came back that the device had taken away.
   */
  constructor(onDropped, onCaughtUp = () => {}, newContext = () => new AudioContext()) {
    this.#onDropped = onDropped;
    this.#onCaughtUp = onCaughtUp;
    this.#newContext = newContext;
  }

  get muted() {
    return this.#muted;
  }

  get paused() {
    return this.#paused;
  }

  /** From 0 to 1. */
  set volume(volume) {
    this.#volume = volume;
    // a jump of the gain would click
    this.#gain?.gain.setTargetAtTime(volume, this.#context.currentTime, 0.02);
  }

  /** Must be called from a tap: browsers unlock sound only then. */
  unlock() {
    if (!this.#context) {
      this.#context = this.#newContext();
      this.#gain = new GainNode(this.#context, { gain: this.#volume });
      this.#output = outputOf(this.#context);
      this.#gain.connect(this.#output.node);
      this.#context.addEventListener("statechange", () => this.#changed());
    }
    this.revive();
  }

  /** From any tap: a phone takes the sound away, for instance for a call. */
  revive() {
    if (this.#paused || !this.#context) return;
    this.#context.resume().catch(() => {});
    this.#output.play();
  }

  /** A phone call, or a lock, takes the sound away and gives it back: what is old by then is not played. */
  #changed() {
    const running = this.#context.state === "running";
    if (running && this.#taken) this.#catchUp(this.#context.currentTime);
    this.#taken = !running && !this.#paused;
  }

  #catchUp(now) {
    if (this.#playback.waitingS(now) <= RECENT_S) return;
    this.#silence();
    this.#onCaughtUp(this.#playback.trim(now, RECENT_S));
    this.go();
  }

  /** Takes a part: decoding may take differently long, playing keeps the order. */
  take(message, bytes) {
    if (this.#muted || !this.#context || !this.#playback.isNew(message) || !bytes?.byteLength) return;
    const turn = this.#turn;
    const decoding = this.#decode(message, bytes).catch(() => null);
    this.#decoded = this.#decoded.then(async () => {
      const buffer = await decoding;
      if (!buffer || turn !== this.#turn) return;
      this.#playback.add({ message, buffer, duration: buffer.duration });
      this.go();
    });
  }

  /** Hands what is due to the sound card; to be called now and then. */
  go() {
    if (!this.#context) return;
    const now = this.#context.currentTime;
    if (this.#context.state !== "running") this.#trim(now);
    for (const part of this.#playback.due(now)) this.#play(part);
  }

  /** Stands still in the middle of a word; what comes is kept. */
  pause() {
    this.#paused = true;
    this.#context?.suspend();
  }

  /** Goes on from there; from a tap. */
  resume() {
    this.#paused = false;
    this.unlock();
  }

  /** Gives up what waits. */
  drop() {
    this.#turn += 1;
    this.#silence();
    this.#playback.clear();
  }

  /** What was said there is not to be heard any more. */
  withdraw(segment) {
    if (!this.#playback.withdraw(segment)) return;
    this.#silence();
    this.go();
  }

  /** What comes while it is silent is not played later: that would be old by then. */
  mute() {
    this.#muted = true;
    this.drop();
  }

  /** From a tap. */
  unmute() {
    this.#muted = false;
    this.unlock();
  }

  /** Another language, or no speech at all. */
  restart() {
    this.drop();
    this.#playback.restart();
  }

  /** Seconds that wait, and of what is heard just now `spokenAt`, in how many seconds it ends, and whether it is `faster`. */
  status() {
    if (!this.#context) return { waitingS: 0, spokenAt: null, endsInS: 0, faster: false };
    const now = this.#context.currentTime;
    const part = this.#context.state === "running" ? this.#playback.heard(now) : null;
    const endsInS = part ? part.end - now : 0;
    return { waitingS: this.#playback.waitingS(now), spokenAt: part?.message.spokenAt ?? null, endsInS, faster: part?.rate > 1 };
  }

  #hastened(part, rate) {
    if (!this.catchUp) return part;
    const { buffer } = part;
    const channels = Array.from({ length: buffer.numberOfChannels }, (_, n) => faster(buffer.getChannelData(n), rate, buffer.sampleRate));
    const shorter = this.#context.createBuffer(1, channels[0].length, buffer.sampleRate);
    shorter.copyToChannel(channels[0], 0); // speech is mono
    return { ...part, buffer: shorter, duration: shorter.duration };
  }

  #trim(now) {
    if (this.#playback.waitingS(now) <= KEPT_S) return;
    this.#silence();
    this.#onDropped(this.#playback.trim(now));
  }

  #decode(message, bytes) {
    if (message.format !== "pcm16") return this.#context.decodeAudioData(bytes.slice().buffer);
    const samples = samplesOf(bytes);
    const buffer = this.#context.createBuffer(1, samples.length, message.sampleRate);
    buffer.copyToChannel(samples, 0);
    return Promise.resolve(buffer);
  }

  #play(part) {
    const source = new AudioBufferSourceNode(this.#context, { buffer: part.buffer });
    source.connect(this.#gain);
    source.start(part.start);
    this.#sources.add(source);
    source.addEventListener("ended", () => {
      this.#sources.delete(source);
      this.go();
    });
  }

  #silence() {
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
  }
}

/** The encodings that this browser plays, the best first. */
export function formats() {
  const opus = document.createElement("audio").canPlayType('audio/ogg; codecs="opus"');
  return opus ? ["ogg-opus", "pcm16"] : ["pcm16"];
}
