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

export class Microphone {
  #take;
  #trouble;
  #wanted = null;
  #stream = null;
  #context = null;
  #clock = new CaptureClock();
  #turn = 0;

  /** `take(pcm, capturedAt)` gets every frame; `trouble` is told `gone`, `off` (by the system) or `""` (it is back). */
  constructor(take, trouble) {
    this.#take = take;
    this.#trouble = trouble;
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
    this.close();
    this.#wanted = wanted;
    const turn = (this.#turn += 1);
    const stream = await navigator.mediaDevices.getUserMedia({ audio: constraints(wanted) });
    if (turn !== this.#turn) return stop(stream); // another one was chosen meanwhile
    this.#stream = stream;
    this.#follow(stream.getAudioTracks()[0]);
    try {
      const context = await capture(stream, (pcm) => turn === this.#turn && this.#framed(pcm));
      if (turn !== this.#turn) return void context.close();
      this.#context = context;
    } catch (error) {
      this.close();
      throw error;
    }
    this.#trouble("");
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

  #framed(pcm) {
    this.#take(pcm, this.#clock.take(pcm.length, Date.now()));
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
function constraints({ deviceId, suppress }) {
  const chosen = deviceId ? { deviceId: { ideal: deviceId } } : {};
  return { ...chosen, channelCount: 1, echoCancellation: true, autoGainControl: true, noiseSuppression: Boolean(suppress) };
}

function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Frames from a stream, at 16 kHz by the browser where it can and by the worklet elsewhere; resolves to the context. */
async function capture(stream, take) {
  const [context, source] = opened(stream);
  await loadWorklet(context);
  const node = new AudioWorkletNode(context, "capture", { channelCount: 1, channelCountMode: "explicit" });
  node.port.onmessage = ({ data }) => take(data);
  source.connect(node).connect(context.destination); // silence: without an output some browsers would not run it
  context.addEventListener("statechange", () => context.state !== "closed" && context.resume());
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
