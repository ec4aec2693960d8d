// A session as its speaker has it: what the microphone gives, what of it is said, and in which state. No DOM.

import { SAMPLE_RATE } from "./resend.js";
import { Speaker } from "./speaker.js";

const OWED_MS = 2000; // it answers a sign of life, which it is sent every 2 s
const OWED_OFFLINE_MS = 1000;
const SILENT_MS = 2000; // what is said is acknowledged every 0.5 s
const WAITING_S = 1;

/** `hear` is told every message, `changed` that something about the state is new. */
export class Talk {
  #speaker;
  #changed;

  paused = false;
  muted = false;
  /** Listeners get no captions and no speech. */
  hidden = false;
  /** As `hidden` will be once the gateway has done what was asked for. */
  wantsHidden = false;
  /** `connecting`, `open`, `lost`, `over` */
  line = "connecting";
  /** Why it is over: `session-ended`, an error's code or a close code. */
  why = "";
  /** The end was asked for. */
  ending = false;

  constructor(hear, changed, around) {
    this.#changed = changed;
    const told = (message) => {
      this.#followHiding(message);
      hear(message);
    };
    this.#speaker = new Speaker(told, (line, why = "") => this.#stands(line, why), around);
  }

  get code() {
    return this.#speaker.code;
  }

  get token() {
    return this.#speaker.token;
  }

  /** `{ language, detected }` of what is spoken. */
  get spoken() {
    return this.#speaker.spoken;
  }

  /** The end is durable: nothing can be lost any more. */
  get ended() {
    return this.#speaker.outgoing.ended;
  }

  /** What was said so far, in s: it stands still in pause. */
  get seconds() {
    return this.#speaker.outgoing.buffer.until / SAMPLE_RATE;
  }

  /** What is not safe yet, in s. */
  get unsafeSeconds() {
    return this.#speaker.outgoing.buffer.waiting / SAMPLE_RATE;
  }

  /** The gateway answers, as far as anyone can tell; `offline`: the device says that it has no network. */
  answers(offline = false) {
    const { owedMs, silentMs } = this.#speaker;
    return owedMs < (offline ? OWED_OFFLINE_MS : OWED_MS) && (this.unsafeSeconds <= WAITING_S || silentMs < SILENT_MS);
  }

  /** What was lost because the connection was away for too long, in s. */
  get lostSeconds() {
    return this.#speaker.outgoing.buffer.lost / SAMPLE_RATE;
  }

  /** Opens a session: what is said from now on belongs to it. Rejects as Speaker.create does. */
  start(members) {
    return this.#speaker.create(members);
  }

  /** Goes on in a session after a reload, in the state in which it was left. */
  async goOn(code, token) {
    this.paused = true; // until its position is known nothing can be said
    const answer = await this.#speaker.resume(code, token);
    this.paused = answer.state === "paused";
    this.muted = answer.state === "muted";
    this.#changed();
    return answer;
  }

  /** Takes samples of the microphone. In mute they do not leave the device: silence stands for them. */
  take(pcm, capturedAt) {
    if (this.paused || this.ending || this.line === "over") return;
    this.#speaker.add(this.muted ? new Int16Array(pcm.length) : pcm, capturedAt);
  }

  /** What is said right after the end of a pause waits for the gateway's answer, and is not lost. */
  pause(paused) {
    this.paused = paused;
    return this.#control(paused ? "pause" : "resume");
  }

  mute(muted) {
    this.muted = muted;
    return this.#control(muted ? "mute" : "unmute");
  }

  /** Takes captions and speech from all listeners, or gives them back. */
  hide(hidden) {
    this.wantsHidden = hidden;
    this.#speaker.say(hidden ? "hideCaptions" : "showCaptions");
    this.#changed();
  }

  /** Takes a caption back, for good. */
  withdraw(segment) {
    this.#speaker.say("withdraw", { segment });
  }

  async changeLanguage(language) {
    await this.#speaker.changeLanguage(language);
    this.#changed();
  }

  async end() {
    this.ending = true;
    this.#changed();
    try {
      await this.#speaker.end();
    } finally {
      this.#changed();
    }
  }

  hurry() {
    this.#speaker.hurry();
  }

  probe() {
    this.#speaker.probe();
  }

  leave() {
    this.#speaker.leave();
  }

  async #control(action) {
    this.#changed();
    await this.#speaker.control(action);
  }

  /** A moderator may have done it, or this page, or another one before it came back. */
  #followHiding({ type, hidden, requestId }) {
    if (type === "captionsHidden" || type === "captionsShown") this.hidden = type === "captionsHidden";
    else if (type === "speakerState" || type === "sessionResumed") this.hidden = Boolean(hidden);
    else if (type !== "error" || !requestId) return;
    this.wantsHidden = this.hidden;
  }

  #stands(line, why) {
    this.line = line;
    this.why = why;
    this.#changed();
  }
}
