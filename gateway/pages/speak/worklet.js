// Runs where the browser captures sound: makes frames, at 16 kHz whatever the device does, of one channel.

import { Channels } from "./channels.js";
import { Framer } from "./framer.js";
import { Resampler, TARGET } from "./resample.js";

class Capture extends AudioWorkletProcessor {
  #channels = new Channels(sampleRate);
  #framer = new Framer();
  #resampler = sampleRate === TARGET ? null : new Resampler(Math.round(sampleRate));
  #cancelled = false;

  process([channels]) {
    if (!channels.length) return true; // nothing is connected just now
    const samples = this.#channels.process(channels);
    for (const frame of this.#framer.process(this.#resampler ? this.#resampler.process(samples) : samples)) {
      this.port.postMessage(frame, [frame.buffer]);
    }
    if (this.#channels.cancelled !== this.#cancelled) {
      this.#cancelled = this.#channels.cancelled;
      this.port.postMessage({ cancelled: this.#cancelled });
    }
    return true;
  }
}

registerProcessor("capture", Capture);
