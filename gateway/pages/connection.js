// A listener's socket that comes back by itself and goes on where it was cut.

const FINAL_CODES = new Map([
  [4001, "The connection was refused."],
  [4003, "You are not allowed in."],
  [4010, "The session has ended."],
]);
const LONGEST_PAUSE_MS = 5000;

export class Connection {
  #url;
  #onMessage;
  #onState;
  #request = null;
  #socket = null;
  #seen = {};
  #attempts = 0;
  #over = false;

  constructor(url, onMessage, onState) {
    this.#url = url;
    this.#onMessage = onMessage;
    this.#onState = onState;
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
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#send({ action: "changeLanguage", sessionId: this.#request.sessionId, ...members });
    }
  }

  #open() {
    const socket = new WebSocket(this.#url, ["dragoman.v1"]);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.addEventListener("open", () => this.#send({ action: "joinSession", ...this.#request, resume: this.#seen }));
    socket.addEventListener("message", (event) => this.#take(event.data));
    socket.addEventListener("close", (event) => this.#closed(event.code));
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #take(data) {
    const [message, audio] = typeof data === "string" ? [JSON.parse(data), null] : unframed(data);
    if (message.type === "sessionJoined" || message.type === "languageChanged") {
      this.#attempts = 0;
      if (message.captions?.id && !this.#seen.captions) this.#seen.captions = message.captions.id;
      if (message.speech?.id && !this.#seen.speech) this.#seen.speech = message.speech.id;
    }
    if (message.id) this.#seen[message.type === "caption" ? "captions" : "speech"] = message.id;
    if (message.type === "error" && !message.retryable) this.#over = true;
    this.#onMessage(message, audio);
    if (message.type === "error" && message.retryable) this.#socket.close();
  }

  #closed(code) {
    if (this.#over) return;
    if (FINAL_CODES.has(code)) {
      this.#onState(FINAL_CODES.get(code));
      return;
    }
    this.#onState("Connection lost, coming back …");
    const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** this.#attempts) * (0.5 + Math.random());
    this.#attempts += 1;
    setTimeout(() => this.#open(), pause);
  }
}

/** A binary frame: u32 length of the JSON, the JSON, the encoded audio. */
export function unframed(buffer) {
  const length = new DataView(buffer).getUint32(0);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return [header, new Uint8Array(buffer, 4 + length)];
}
