// The speaker's socket: comes back by itself, goes on where it was cut, and says again what is not yet safe. No DOM.

import { Comeback, finality } from "../session/comeback.js";
import { Outgoing, Refused } from "./outgoing.js";
import { framed } from "./resend.js";

const BEAT_MS = 2000;
const BEATS_A_STATUS = 3;
const HUNG_MS = 1000;
const DEAD_MS = 15_000;
const LOST = 1006;
const RESTART = 1012;
const NOT_ALLOWED = 4003;
const ENDED = 4010;
const TOO_MANY = 4029;
const NEW_TICKETS = 3; // when so many did not help, no other one will

/**
 * Speaks in one session. `hear` is told every message; `stand` is told how the line is: `open`, `lost`, or `over` with
 * the close code or the error that ended it.
 */
export class Speaker {
  #around;
  #hear;
  #stand;
  #opening;
  #opened = null; // resolves or rejects what was asked by create or resume
  #socket = null;
  #line = "new";
  #comeback = new Comeback();
  #attempts = 0;
  #heard = 0;
  #beats = 0;
  #beatAt = 0;
  #owes = false; // a sign of life, since then
  #waking = false;
  #wishes = new Map(); // by requestId: what was asked for and is not answered
  #wished = 0;
  #leastMs = 0; // the pause that the gateway asked for when it was too much for it

  outgoing;
  /** What is spoken, and whether that was found out; without a language the gateway does not say. */
  spoken = { language: "", detected: false };
  code = "";
  token = "";

  /** `around`: `connect(protocols)` opens a socket, `protocols()`, `later(next, ms)`, `now()` (ms): tests bring their own. */
  constructor(hear, stand, around) {
    this.#hear = hear;
    this.#stand = stand;
    this.#around = around;
    this.outgoing = new Outgoing(around.now);
  }

  /** Opens a session; resolves to sessionCreated. Rejects with an error's `code` and `message`, or a close code. */
  create(members) {
    return this.#begin({ action: "createSession", captions: true, ...members });
  }

  /** Goes on in a session; resolves to sessionResumed. */
  resume(code, token) {
    [this.code, this.token] = [code, token];
    return this.#begin(this.#resumption());
  }

  /** Takes the next samples (Int16Array); never waits. */
  add(pcm, capturedAt) {
    this.outgoing.buffer.add(pcm, capturedAt);
    this.#pump();
  }

  /** `pause`, `resume`, `mute` or `unmute`, behind what was said so far. */
  control(controlAction) {
    return this.#ask({ action: "controlBroadcast", sessionId: this.code, controlAction });
  }

  /** Another language is spoken behind what was said so far; `auto`: it is to be found out. */
  changeLanguage(sourceLanguage) {
    return this.#ask({ action: "changeSourceLanguage", sessionId: this.code, sourceLanguage });
  }

  /** Asks for something that waits for nothing that is said, again on each line until it is answered; that is told like any message. */
  say(action, members = {}) {
    const requestId = `w${(this.#wished += 1)}`;
    this.#wishes.set(requestId, { action, requestId, ...members });
    if (this.#line === "open") this.#wish(requestId);
  }

  #wish(requestId) {
    this.#send({ ...this.#wishes.get(requestId), sessionId: this.code });
  }

  /** Resolves when all that was said, and the end, is durable; captions may still come. */
  end() {
    return this.#ask({ action: "endSession", sessionId: this.code });
  }

  /** For how long nothing came from the gateway, in ms, on a socket that is taken for open. */
  get silentMs() {
    return this.#line === "open" ? this.#around.now() - this.#heard : 0;
  }

  /** For how long it owes an answer: in a tab that is hidden nobody asks for a minute. */
  get owedMs() {
    return this.#line === "open" && this.#owes ? this.#around.now() - this.#beatAt : 0;
  }

  /** The network may be gone: the answer, or that there is none, tells. */
  probe() {
    this.#beat();
  }

  /** The network is back: no need to wait for the next attempt, nor for a socket that it may have cost. */
  hurry() {
    if (this.#line === "lost") this.#open();
    else if (this.owedMs > HUNG_MS) this.#drop(LOST);
  }

  /** Lets the socket go without ending the session. */
  leave() {
    this.#over({ code: "left" });
  }

  #begin(opening) {
    this.#opening = opening;
    this.#open();
    return new Promise((resolve, reject) => (this.#opened = { resolve, reject }));
  }

  #ask(action) {
    const answer = this.outgoing.ask(action);
    this.#pump();
    return answer;
  }

  #resumption() {
    return { action: "resumeSession", sessionId: this.code, speakerToken: this.token, captions: true };
  }

  async #open() {
    this.#line = "connecting";
    let socket;
    try {
      socket = this.#around.connect(await this.#around.protocols());
    } catch {
      this.#lost(LOST);
      return;
    }
    if (this.#line === "over") return socket.close();
    this.#socket = socket;
    this.#heard = this.#around.now();
    this.#owes = false;
    const ours = (then) => (event) => socket === this.#socket && then(event);
    socket.addEventListener("open", ours(() => this.#send({ ...this.#opening, clientTime: Date.now() })));
    socket.addEventListener("message", ours(({ data }) => this.#take(JSON.parse(data))));
    socket.addEventListener("close", ours(({ code }) => this.#lost(code)));
    this.#watch(socket);
  }

  #send(message) {
    this.#socket.send(message instanceof Uint8Array ? message : JSON.stringify(message));
  }

  /** Says now and then that it lives, and gives up a socket on which nothing comes any more: closing may take minutes. */
  #watch(socket) {
    this.#around.later(() => {
      if (socket !== this.#socket) return;
      const since = this.#line === "open" ? this.#beatAt : this.#heard;
      if ((this.#owes || this.#line !== "open") && this.#around.now() - since > DEAD_MS) this.#drop(LOST);
      else this.#beat();
      this.#watch(socket);
    }, BEAT_MS);
  }

  #beat() {
    if (this.#line !== "open") return;
    if (!this.#owes) this.#beatAt = this.#around.now();
    this.#owes = true;
    this.#send({ action: "heartbeat", clientTime: Date.now() });
    if (this.#beats % BEATS_A_STATUS === 0) this.#send({ action: "getSessionStatus", sessionId: this.code });
    this.#beats += 1;
  }

  #drop(code) {
    const socket = this.#socket;
    this.#lost(code);
    socket.close();
  }

  #take(message) {
    this.#heard = this.#around.now();
    this.#owes = false;
    if (message.type === "error" && message.code === "rate-limited") this.#leastMs = message.retryAfterMs ?? 0;
    if (message.sourceLanguage) this.spoken = { language: message.sourceLanguage, detected: Boolean(message.detected) };
    this.#wishes.delete(message.requestId);
    if (this.#line === "connecting") this.#answered(message);
    else if (message.type === "reconnect") this.#leaveIn(message.afterMs, this.#socket);
    else this.#listen(message);
    this.#pump();
  }

  #listen(message) {
    try {
      if (this.outgoing.take(message)) return;
      if (message.type === "error" && message.code === "session-ended") this.#over(new Refused(message));
      else this.#hear(message);
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      this.#over(refused);
    }
  }

  /** The answer to the opening. */
  #answered(message) {
    if (message.type === "error") return this.#refused(message);
    if (message.type !== "sessionCreated" && message.type !== "sessionResumed") return this.#hear(message);
    if (message.type === "sessionCreated") [this.code, this.token] = [message.sessionId, message.speakerToken];
    this.#opening = this.#resumption();
    this.#line = "open";
    this.#attempts = 0;
    this.#comeback.worked();
    this.outgoing.resumed(message.position);
    if (message.type === "sessionResumed") this.#hear(message);
    for (const requestId of this.#wishes.keys()) this.#wish(requestId);
    this.#opened?.resolve(message);
    this.#opened = null;
    this.#stand("open");
  }

  /** A refusal for now is tried again if the session was open before; one of the ticket, with a new one. */
  #refused(error) {
    const again = error.retryable ? LOST : error.code === "unauthorized" ? NOT_ALLOWED : null;
    if (!this.token || again === null) this.#over(new Refused(error));
    else this.#drop(error.code === "rate-limited" ? TOO_MANY : again);
  }

  /** The gateway is about to go: the socket is left when it asks for that, and opened again at once. */
  #leaveIn(afterMs, socket) {
    this.#around.later(() => socket === this.#socket && this.#drop(RESTART), afterMs);
  }

  #lost(code) {
    this.#socket = null;
    this.outgoing.lost();
    if (this.outgoing.ended || !this.token || this.#final(code)) {
      return this.#over({ code: this.outgoing.ended ? ENDED : code });
    }
    this.#line = "lost";
    if (this.#attempts === 0) this.#stand("lost");
    this.#attempts += 1;
    this.#around.later(() => this.hurry(), this.#pauseMs(code));
  }

  #pauseMs(code) {
    const leastMs = code === TOO_MANY ? this.#leastMs : 0;
    this.#leastMs = 0;
    return this.#comeback.pauseMs(code, { leaving: code === NOT_ALLOWED, leastMs });
  }

  #final(code) {
    if (code === NOT_ALLOWED) return this.#attempts >= NEW_TICKETS;
    return code === ENDED || finality(code) !== undefined;
  }

  #over(why) {
    if (this.#line === "over") return;
    this.#line = "over";
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    const code = why.code === ENDED ? "session-ended" : why.code;
    this.outgoing.finish({ code, message: why.message });
    if (this.#opened) this.#opened.reject({ code, message: why.message });
    else this.#stand("over", code);
    this.#opened = null;
  }

  /** Sends what may go now. */
  #pump() {
    if (this.#line !== "open") return;
    for (let next = this.outgoing.next(); next; next = this.outgoing.next()) {
      this.#send(next.frame ? framed(next.frame) : next.action);
    }
    if (this.outgoing.wait > 0 && !this.#waking) this.#wakeIn(this.outgoing.wait);
  }

  #wakeIn(ms) {
    this.#waking = true;
    this.#around.later(() => {
      this.#waking = false;
      this.#pump();
    }, ms);
  }
}
