// Captions over a picture, for OBS and projectors: nobody presses anything here, and it never gives up.

import { Connection } from "../session/connection.js";
import { loadTexts, text } from "../texts/texts.js";
import { Lines } from "./lines.js";
import { optionsOf } from "./options.js";

const BEAT_MS = 5000;
const TICK_MS = 500;
/** A wrong code is asked for less and less often. */
const AGAIN_MS = 2000;
const LONGEST_MS = 30_000;

const part = (id) => document.querySelector(`#${id}`);
const code = decodeURIComponent(location.pathname.split("/").pop());
const options = optionsOf(location.search);
const lines = new Lines(options.lines, options.hideS * 1000);
const socketUrl = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
let connection = null;
let pauseMs = AGAIN_MS;

/** For the operator only: viewers must not see it. */
function debug(words) {
  part("debug").textContent = words;
}

/** Waits for a session that is not there yet, and for what an operator may set right: a PIN, a language, a worker. */
async function begin() {
  try {
    const response = await fetch(`/api/sessions/${encodeURIComponent(code)}`);
    const session = await response.json();
    if (response.ok && session.state !== "ended") {
      join(session);
      return;
    }
    debug(response.ok ? text("overlay.ended") : `${text("overlay.waiting", { code })} (${session.code})`);
  } catch {
    debug(text("overlay.lost"));
  }
  again();
}

function again() {
  connection = null;
  setTimeout(begin, pauseMs);
  pauseMs = Math.min(LONGEST_MS, pauseMs * 2);
}

function join(session) {
  connection = new Connection(socketUrl, receive, stated);
  const language = options.language || session.sourceLanguage;
  connection.join({ sessionId: session.sessionId, targetLanguage: language, audio: false, mode: options.mode, pin: options.pin, history: 0 });
}

function stated(state) {
  debug(text(`overlay.${state}`));
  if (["refused", "forbidden", "replaced"].includes(state)) again();
}

function receive(message) {
  if (message.type === "sessionJoined") pauseMs = AGAIN_MS;
  if (message.type === "caption") lines.take(message, Date.now());
  else if (message.type === "sessionEnded") over(text("overlay.ended"));
  else if (message.type === "error" && !message.retryable) over(`${message.code}: ${message.message}`);
  show();
}

function over(words) {
  lines.clear();
  debug(words);
  again();
}

function show() {
  const shown = lines.list(Date.now());
  const wanted = JSON.stringify(shown.map(({ text, language }) => [text, language]));
  if (part("lines").dataset.shown === wanted) return;
  part("lines").dataset.shown = wanted;
  part("lines").replaceChildren(...shown.map(line));
}

function line(caption) {
  const words = Object.assign(document.createElement("span"), { textContent: caption.text, lang: caption.language });
  const line = Object.assign(document.createElement("p"), { dir: "auto" });
  line.append(words);
  return line;
}

function appear() {
  const { style, dataset } = document.body;
  style.fontSize = `${options.size}px`;
  style.setProperty("--lines", options.lines);
  style.setProperty("--colour", options.colour);
  style.setProperty("--outline", options.background);
  Object.assign(dataset, { edge: options.edge, place: options.place, align: options.align });
  part("debug").hidden = !options.debug;
}

appear();
await loadTexts();
addEventListener("online", () => connection?.retry());
setInterval(() => connection?.beat(), BEAT_MS);
setInterval(show, TICK_MS);
await begin();
