// A listener's socket that comes back by itself and goes on where it was cut.

import { ServerClock } from "./clock.js";
import { Comeback, finality, lossOf } from "./comeback.js";
import { Received } from "./received.js";
import { browserSocket, unframed } from "./socket.js";

const ENDED = 4010;
const LOST = 1006;
const UNANSWERED = 2;
const HISTORY = 20;
/** What of a request decides what is sent: ids of one language, or voice, mean nothing in another. */
const CHANNEL = ["targetLanguage", "captionLanguage", "voice"];
/** From the first step towards a socket until the join is answered: a network may swallow everything without a word. */
export const DEADLINE_MS = 10_000;

export class Connection {
  /** Gives a promise of a one-use ticket, where listeners must sign in. */
  ticket = null;
  clock = new ServerClock();
  #url;
  #onMessage;
  #onState;
  #connect;
  #later;
  #request = null;
  #before = null;
  #stale = false;
  #changes = 0;
  #unsaid = null;
  #socket = null;
  #received;
  /** Who this page is for the server: known again when it comes back. */
  #listener = "";
  #comeback = new Comeback();
  #opening = false;
  #joined = false;
  #paused = false;
  #leaving = false;
  #over = false;
  #waiting = false;
  #turn = 0;
  #leastMs = 0;
  #beats = [];

  /**
   * `onMessage(message, audio, live)` gets what the server says (`live` is false for history), and `missed` and
   * `recovered` besides; `onState(state, pauseMs)` one of `connecting`, `joined`, `lost`, `busy`, `refused`, `forbidden`, `replaced`, and after `busy`
   * and `lost` when it is tried again.
   * `connect` opens a socket and `later` calls a function after a time in ms: tests bring their own.
   */
  constructor(url, onMessage, onState, connect = browserSocket, later = (...when) => setTimeout(...when)) {
    this.#url = url;
    this.#onMessage = onMessage;
    this.#onState = onState;
    this.#connect = connect;
    this.#later = later;
    this.#received = new Received((message) => onMessage(message, null, true));
  }

  /** Joins, and joins again with `resume` whenever the socket is lost; a join that is under way is given up. */
  join(request) {
    const before = this.#request ?? request;
    this.#request = { history: HISTORY, ...request };
    if (CHANNEL.some((name) => before[name] !== request[name])) this.#received = this.#received.anew();
    this.#over = false;
    this.#leave();
    this.#open();
  }

  /** Goes on purpose, and comes back with the next join only: the server need make nothing more for this page. */
  leave() {
    if (this.#joined) this.#send({ action: "leaveSession", sessionId: this.#request.sessionId });
    this.#over = true;
    this.#waiting = this.#opening = false;
    this.#leave();
  }

  /** Goes on by another socket, where this one was. */
  renew() {
    if (!this.#joined) return;
    this.#leave();
    this.#open();
  }

  /** The join was refused, and nothing is tried again before the next one. */
  get over() {
    return this.#over;
  }

  /** The language that is asked for. */
  get targetLanguage() {
    return this.#request.targetLanguage;
  }

  /** Another language, mode or choice of captions and speech; a language that is refused is taken back. */
  change(members) {
    this.#before ??= { ...this.#request };
    this.#stale ||= CHANNEL.some((name) => name in members);
    this.#changes += 1;
    Object.assign(this.#request, members);
    if (this.#joined) this.#sayChanges(members);
    else this.#unsaid = { ...this.#unsaid, ...members };
  }

  /** Asks for something else about the session. */
  say(action, members = {}) {
    if (this.#joined) this.#send({ action, sessionId: this.#request.sessionId, ...members });
  }

  /** Whether speech is wanted just now; said again after every loss. */
  setPlayback(paused) {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (this.#joined) this.#sayPlayback();
  }

  /** To be called every few seconds: asks for the server's time, and gives up a socket that answers nothing. */
  beat(now = Date.now()) {
    if (!this.#joined) return;
    if (this.#beats.length >= UNANSWERED) {
      this.#abandon();
      return;
    }
    this.#beats.push(now);
    this.#send({ action: "heartbeat", clientTime: now });
  }

  /** The network is back: no need to wait, unless the server asked for it; a socket that is half open may be dead. */
  retry() {
    if (this.#opening) {
      this.#leave();
      this.#open();
    } else if (!this.#waiting) this.beat();
    else if (!this.#leastMs) this.#open();
  }

  #sayChanges(members) {
    const { sessionId, history } = this.#request;
    this.#send({ action: "changeLanguage", requestId: this.#changes, sessionId, history, ...members });
  }

  #sayPlayback() {
    this.#send({ action: "setPlayback", sessionId: this.#request.sessionId, paused: this.#paused });
  }

  #open() {
    this.#waiting = false;
    this.#opening = true;
    this.#turn += 1;
    this.#onState("connecting");
    this.#expectJoin(this.#turn);
    if (!this.ticket) {
      this.#opened(this.#connect(this.#url));
      return;
    }
    const turn = this.#turn;
    const allowed = (ticket) => turn === this.#turn && this.#opened(this.#connect(this.#url, ticket));
    this.ticket().then(allowed, (error) => turn === this.#turn && this.#noTicket(error));
  }

  #noTicket({ retryAfterMs = 0 }) {
    this.#leastMs = retryAfterMs;
    this.#lost(LOST);
  }

  #expectJoin(turn) {
    this.#later(() => turn === this.#turn && this.#opening && this.#abandon(), DEADLINE_MS);
  }

  #opened(socket) {
    this.#socket = socket;
    const mine = (act) => (event) => socket === this.#socket && act(event);
    socket.addEventListener("open", mine(() => this.#sayJoin()));
    socket.addEventListener("message", mine((event) => this.#take(event.data)));
    socket.addEventListener("close", mine((event) => this.#lost(event.code)));
  }

  #sayJoin() {
    if (this.#stale) this.#received = this.#received.anew();
    this.#unsaid = null;
    this.#settled();
    const listener = this.#listener ? { listener: this.#listener } : {};
    this.#send({ action: "joinSession", ...this.#request, resume: { ...this.#received.resume(), ...listener } });
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #take(data) {
    const socket = this.#socket;
    const [message, audio] = typeof data === "string" ? [JSON.parse(data), null] : unframed(data);
    if (message.type === "heartbeatAck") this.#timed(message);
    this.#beats = [];
    if (message.type === "reconnect") this.#leaveIn(message.afterMs, this.#socket);
    if (message.type === "languageChanged" && message.requestId === this.#changes) this.#settled();
    const refused = message.type === "error";
    if (refused) this.#refused(message);
    const live = this.#received.take(message);
    if (message.type === "sessionJoined") this.#joinedNow(message);
    this.#onMessage(message, audio, live);
    this.#received.told(message);
    if (refused && (message.retryable || !this.#joined)) socket.close();
  }

  #timed({ serverTime, clientTime }) {
    if (clientTime) this.clock.heard(serverTime, clientTime, Date.now());
  }

  #refused(error) {
    if (error.retryAfterMs) this.#leastMs = error.retryAfterMs;
    if (error.retryable) return;
    if (!this.#joined) {
      this.#over = true;
      this.#opening = false;
    } else if (error.requestId === this.#changes && this.#before) {
      this.#request = this.#before;
      this.#settled();
    }
  }

  /** The wish is the one that the server knows. */
  #settled() {
    this.#before = null;
    this.#stale = false;
  }

  /** The gateway is about to go: the socket is left when it asks for that, and opened again at once. */
  #leaveIn(afterMs, socket) {
    this.#later(() => {
      if (socket !== this.#socket) return;
      this.#leaving = true;
      socket.close();
    }, afterMs);
  }

  /** A socket that is new knows nothing of what was said since the join or on the one before. */
  #joinedNow({ listener = "" }) {
    this.#listener = listener;
    this.#joined = true;
    this.#opening = false;
    this.#comeback.worked();
    this.#leastMs = 0;
    this.#onState("joined");
    if (this.#unsaid) this.#sayChanges(this.#unsaid);
    if (this.#paused) this.#sayPlayback();
    this.beat();
  }

  /** A dead network closes no socket for minutes. */
  #abandon() {
    this.#leave();
    this.#lost(LOST);
  }

  /** Nothing that the socket, or the ticket for it, still brings is heard. */
  #leave() {
    const socket = this.#socket;
    this.#socket = null;
    this.#joined = false;
    this.#turn += 1;
    socket?.close();
  }

  #lost(code) {
    this.#socket = null;
    this.#joined = false;
    this.#opening = false;
    this.#beats = [];
    if (code === ENDED) this.#onMessage({ type: "sessionEnded" }, null, true);
    if (this.#over || code === ENDED) return;
    const final = finality(code);
    if (final && !(final === "forbidden" && this.ticket)) {
      this.#onState(final);
      return;
    }
    this.#openLater(code);
  }

  #openLater(code) {
    const turn = this.#turn;
    const pauseMs = this.#comeback.pauseMs(code, { leaving: this.#leaving, leastMs: this.#leastMs });
    this.#waiting = true;
    this.#leaving = false;
    this.#onState(this.#leastMs ? "busy" : lossOf(code), pauseMs);
    this.#later(() => this.#waiting && turn === this.#turn && this.#open(), pauseMs);
  }
}
