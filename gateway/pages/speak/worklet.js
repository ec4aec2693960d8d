// Runs where the browser captures sound: makes frames, at 16 kHz whatever the device does.

import { Framer } from "./framer.js";
import { Resampler, TARGET } from "./resample.js";

class Capture extends AudioWorkletProcessor {
  #framer = new Framer();
  #resampler = sampleRate === TARGET ? null : new Resampler(Math.round(sampleRate));

  process([[samples]]) {
    if (!samples) return true; // nothing is connected just now
    for (const frame of this.#framer.process(this.#resampler ? this.#resampler.process(samples) : samples)) {
      this.port.postMessage(frame, [frame.buffer]);
    }
    return true;
  }
}

registerProcessor("capture", Capture);
