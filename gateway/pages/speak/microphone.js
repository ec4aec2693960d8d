// The microphone as frames of 100 ms: chosen, lost and found again.

import { CaptureClock } from "./capture_clock.js";
import { TARGET } from "./resample.js";

/** Whether the browser gives a microphone to this page at all: it does so on HTTPS and on the same machine only. */
export function available() {
  return Boolean(window.isSecureContext && navigator.mediaDevices?.getUserMedia);
}

/** Whether the microphone may be used without a question. */
export async function allowed() {
  try {
    return (await navigator.permissions.query({ name: "microphone" })).state === "granted";
  } catch {
    return false; // a browser that does not tell
  }
}

/** The microphones that there are: `{ deviceId, label }`. */
export async function microphones() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId);
}

const STALLED_MS = 2000;
const LOOK_MS = 500;
const AGAIN_MS = 4000;

export class Microphone {
  #take;
  #trouble;
  #channels;
  #heardAt = 0;
  #triedAt = 0;
  #stalled = false;
  #openings = 0; // under way: a person may be asked
  /** Somebody speaks: a microphone that gives nothing, as during a phone call, is opened anew. */
  watched = false;
  #wanted = null;
  #stream = null;
  #context = null;
  #clock = new CaptureClock();
  #turn = 0;

  /**
   * `take(pcm, capturedAt)` gets every frame; `trouble` is told `gone`, `off` (by the system) or `""` (it is back),
   * `channels` whether the two of a mixing desk cancel each other out.
   */
  constructor(take, trouble, channels) {
    this.#take = take;
    this.#trouble = trouble;
    this.#channels = channels;
    setInterval(() => this.#look(performance.now()), LOOK_MS);
    navigator.mediaDevices.addEventListener("devicechange", () => this.#wanted && !this.#stream && this.#comeBack());
  }

  get on() {
    return this.#stream !== null;
  }

  /** The device in use. */
  get deviceId() {
    return this.#stream?.getAudioTracks()[0]?.getSettings().deviceId;
  }

  /** Opens a device, the standard one without `deviceId`, in place of the one before. Rejects as getUserMedia, or with NetworkError. */
  async open(wanted) {
    this.#openings += 1;
    try {
      await this.#open(wanted);
    } finally {
      this.#openings -= 1;
    }
  }

  async #open(wanted) {
    this.close();
    this.#wanted = wanted;
    const turn = (this.#turn += 1);
    const stream = await navigator.mediaDevices.getUserMedia({ audio: constraints(wanted) });
    if (turn !== this.#turn) return stop(stream); // another one was chosen meanwhile
    this.#stream = stream;
    this.#follow(stream.getAudioTracks()[0]);
    try {
      const context = await capture(stream, (given) => turn === this.#turn && this.#given(given));
      if (turn !== this.#turn) return void context.close();
      this.#context = context;
    } catch (error) {
      this.close();
      throw error;
    }
    if (!this.#stalled) this.#trouble("");
  }

  /** To be called from a tap or a key: some browsers let nothing run before. */
  wake() {
    this.#context?.resume();
  }

  close() {
    this.#turn += 1;
    this.#wanted = null;
    if (this.#stream) stop(this.#stream);
    this.#context?.close();
    this.#stream = this.#context = null;
    this.#clock = new CaptureClock();
  }

  #given(given) {
    if (!(given instanceof Int16Array)) return this.#channels(given.cancelled);
    this.#heardAt = performance.now();
    if (this.#stalled) this.#trouble("");
    this.#stalled = false;
    this.#take(given, this.#clock.take(given.length, Date.now()));
  }

  /** An audio context that a phone call interrupted may never go on by itself, nor its stream; during the call none opens. */
  #look(now) {
    if (!this.watched || !this.#wanted || this.#openings) return;
    if (now - Math.max(this.#heardAt, this.#triedAt) < (this.#stalled ? AGAIN_MS : STALLED_MS)) return;
    this.#stalled = true;
    this.#triedAt = now;
    if (this.#context) this.#trouble("off"); // without one, why is said
    this.#comeBack();
  }

  #follow(track) {
    const ours = (then) => () => this.#stream?.getAudioTracks()[0] === track && then();
    track.addEventListener("ended", ours(() => this.#lost()));
    track.addEventListener("mute", ours(() => this.#trouble("off")));
    track.addEventListener("unmute", ours(() => this.#trouble("")));
  }

  #lost() {
    const wanted = this.#wanted;
    this.close();
    this.#wanted = wanted;
    this.#trouble("gone");
    this.#comeBack();
  }

  async #comeBack() {
    const wanted = this.#wanted;
    try {
      await this.open(wanted);
    } catch {
      this.#stream = null;
      this.#wanted = wanted; // the next device that is plugged in is tried
    }
  }
}

/**
 * Echo is cancelled: the translation may sound in the same room. Gain is the browser's, which brings quiet voices up.
 * Noise is left as it is unless the speaker asks: suppression takes parts of words with it that a recogniser needs.
 */
function constraints({ deviceId, suppress, desk }) {
  const chosen = deviceId ? { deviceId: { ideal: deviceId } } : {};
  if (desk) return { ...chosen, channelCount: { ideal: 2 }, echoCancellation: false, autoGainControl: false, noiseSuppression: false };
  return { ...chosen, channelCount: 1, echoCancellation: true, autoGainControl: true, noiseSuppression: Boolean(suppress) };
}

function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Frames from a stream, at 16 kHz by the browser where it can and by the worklet elsewhere; resolves to the context. */
async function capture(stream, take) {
  const [context, source] = opened(stream);
  await loadWorklet(context);
  const node = new AudioWorkletNode(context, "capture", { channelCountMode: "max" });
  node.port.onmessage = ({ data }) => take(data);
  source.connect(node).connect(context.destination); // silence: without an output some browsers would not run it
  context.addEventListener("statechange", () => context.state === "suspended" && context.resume()); // `interrupted` is the system's
  context.resume();
  return context;
}

/** What fails here is the way to the server, not the microphone. */
async function loadWorklet(context) {
  try {
    await context.audioWorklet.addModule("/static/speak/worklet.js");
  } catch {
    context.close();
    throw new DOMException("The worklet cannot be loaded.", "NetworkError");
  }
}

function opened(stream) {
  let context;
  try {
    context = new AudioContext({ sampleRate: TARGET });
    return [context, context.createMediaStreamSource(stream)];
  } catch {
    context?.close(); // Firefox takes no stream into a context of another rate
    context = new AudioContext();
    return [context, context.createMediaStreamSource(stream)];
  }
}
