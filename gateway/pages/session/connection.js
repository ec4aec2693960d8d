// A listener's socket that comes back by itself and goes on where it was cut.

import { Chain } from "./chain.js";

const FINAL_CODES = new Map([
  [1007, "The connection was refused."],
  [1009, "The connection was refused."],
  [4001, "The connection was refused."],
  [4003, "You are not allowed in."],
  [4009, "You are connected elsewhere."],
]);
const ENDED = 4010;
const TOO_MANY = 4029;
const AT_ONCE = [1001, 1012];
const LONGEST_PAUSE_MS = 5000;

export class Connection {
  #url;
  #onMessage;
  #onState;
  #request = null;
  #socket = null;
  #chains = newChains();
  #leaving = false;
  #attempts = 0;
  #joined = false;
  #changes = null;
  #paused = false;
  #over = false;
  #connect;
  #later;

  /** `connect` opens a socket and `later` calls a function after a time in ms: tests bring their own. */
  constructor(url, onMessage, onState, connect = browserSocket, later = (...when) => setTimeout(...when)) {
    this.#url = url;
    this.#onMessage = onMessage;
    this.#onState = onState;
    this.#connect = connect;
    this.#later = later;
  }

  /** Joins, and joins again with `resume` whenever the socket is lost. */
  join(request) {
    this.#request = request;
    this.#open();
  }

  /** Another language: its ids begin anew. */
  change(members) {
    Object.assign(this.#request, members);
    this.#chains = newChains();
    if (this.#joined) this.#sayChanges(members);
    else this.#changes = members;
  }

  /** Whether speech is wanted just now; said again after every loss. */
  setPlayback(paused) {
    this.#paused = paused;
    if (this.#joined) this.#sayPlayback();
  }

  #sayChanges(members) {
    this.#send({ action: "changeLanguage", sessionId: this.#request.sessionId, ...members });
  }

  #sayPlayback() {
    this.#send({ action: "setPlayback", sessionId: this.#request.sessionId, paused: this.#paused });
  }

  #open() {
    const socket = this.#connect(this.#url);
    this.#socket = socket;
    socket.addEventListener("open", () => this.#sayJoin());
    socket.addEventListener("message", (event) => this.#take(event.data));
    socket.addEventListener("close", (event) => this.#closed(event.code));
  }

  #sayJoin() {
    this.#changes = null;
    this.#send({ action: "joinSession", ...this.#request, resume: this.#resume() });
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #take(data) {
    const [message, audio] = typeof data === "string" ? [JSON.parse(data), null] : unframed(data);
    if (message.type === "reconnect") this.#leaveIn(message.afterMs, this.#socket);
    if (message.type === "languageChanged") this.#chains = newChains();
    if (message.type === "sessionJoined" || message.type === "languageChanged") this.#begin(message);
    if (message.id) this.#follow(message.type === "caption" ? "captions" : "speech", message);
    if (message.type === "error" && !message.retryable && !this.#joined) this.#over = true;
    this.#onMessage(message, audio);
    if (message.type === "sessionJoined") this.#joinedNow();
    if (message.type === "error" && message.retryable) this.#socket.close();
  }

  #resume() {
    const seen = Object.entries(this.#chains).filter(([, chain]) => chain.last);
    return Object.fromEntries(seen.map(([product, chain]) => [product, chain.last]));
  }

  #begin(message) {
    for (const [product, chain] of Object.entries(this.#chains)) {
      if (message[product] && !chain.start(message[product])) this.#onMessage({ type: "missed", product }, null);
    }
  }

  #follow(product, { id, previous }) {
    if (!this.#chains[product].follow(id, previous)) this.#onMessage({ type: "missed", product }, null);
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
  #joinedNow() {
    this.#joined = true;
    this.#attempts = 0;
    if (this.#changes) this.#sayChanges(this.#changes);
    if (this.#paused) this.#sayPlayback();
  }

  #closed(code) {
    this.#joined = false;
    if (code === ENDED) this.#onMessage({ type: "sessionEnded" }, null);
    if (this.#over || code === ENDED) return;
    if (FINAL_CODES.has(code)) {
      this.#onState(FINAL_CODES.get(code));
      return;
    }
    this.#onState("Connection lost, coming back …");
    this.#later(() => this.#open(), this.#pause(code));
  }

  /** As the table of close codes says; chance keeps a hall from coming back in one instant. */
  #pause(code) {
    const atOnce = this.#attempts === 0 && (this.#leaving || AT_ONCE.includes(code));
    const least = code === TOO_MANY ? LONGEST_PAUSE_MS : 250;
    const pause = Math.min(LONGEST_PAUSE_MS, least * 2 ** this.#attempts) * (0.5 + Math.random());
    this.#attempts += 1;
    this.#leaving = false;
    return atOnce ? 0 : code === TOO_MANY ? Math.max(pause, LONGEST_PAUSE_MS) : pause;
  }
}

function newChains() {
  return { captions: new Chain(), speech: new Chain() };
}

function browserSocket(url) {
  const socket = new WebSocket(url, ["dragoman.v1"]);
  socket.binaryType = "arraybuffer";
  return socket;
}

/** A binary frame: u32 length of the JSON, the JSON, the encoded audio. */
export function unframed(buffer) {
  const length = new DataView(buffer).getUint32(0);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return [header, new Uint8Array(buffer, 4 + length)];
}
