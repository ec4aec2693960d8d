// A listener's socket that comes back by itself and goes on where it was cut.

const FINAL_CODES = new Map([
  [4001, "The connection was refused."],
  [4003, "You are not allowed in."],
]);
const ENDED = 4010;
const LONGEST_PAUSE_MS = 5000;

export class Connection {
  #url;
  #onMessage;
  #onState;
  #request = null;
  #socket = null;
  #seen = {};
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
    this.#seen = {};
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
    this.#send({ action: "joinSession", ...this.#request, resume: this.#seen });
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #take(data) {
    const [message, audio] = typeof data === "string" ? [JSON.parse(data), null] : unframed(data);
    if (message.type === "languageChanged") this.#seen = {};
    if (message.type === "sessionJoined" || message.type === "languageChanged") {
      if (message.captions?.id && !this.#seen.captions) this.#seen.captions = message.captions.id;
      if (message.speech?.id && !this.#seen.speech) this.#seen.speech = message.speech.id;
    }
    if (message.id) this.#seen[message.type === "caption" ? "captions" : "speech"] = message.id;
    if (message.type === "error" && !message.retryable && !this.#joined) this.#over = true;
    this.#onMessage(message, audio);
    if (message.type === "sessionJoined") this.#joinedNow();
    if (message.type === "error" && message.retryable) this.#socket.close();
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
    const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** this.#attempts) * (0.5 + Math.random());
    this.#attempts += 1;
    this.#later(() => this.#open(), pause);
  }
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
