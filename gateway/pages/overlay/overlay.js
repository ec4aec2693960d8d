// Captions over a picture, for OBS and projectors: nobody presses anything here, and it never gives up.

import { ask } from "../session/ask.js";
import { Connection } from "../session/connection.js";
import { onDeparture } from "../session/departure.js";
import { AUTO } from "../session/languages.js";
import { showMade } from "../session/made.js";
import { codeIn, socketUrl } from "../session/place.js";
import { loadTexts, text } from "../texts/texts.js";
import { Lines } from "./lines.js";
import { optionsOf } from "./options.js";

const BEAT_MS = 5000;
const TICK_MS = 500;
/** A wrong code is asked for less and less often. */
const AGAIN_MS = 2000;
const LONGEST_MS = 30_000;

const part = (id) => document.querySelector(`#${id}`);
const code = codeIn(location.pathname);
const options = optionsOf(location.search);
const lines = new Lines(options.lines, options.hideS * 1000);
let connection = null;
let pauseMs = AGAIN_MS;

/** For the operator only: viewers must not see it. */
function debug(words) {
  const wrong = options.wrong.length ? text("overlay.wrong", { options: options.wrong.join(", ") }) : "";
  part("debug").textContent = [words, wrong].filter(Boolean).join(" · ");
}

/** Waits for a session that is not there yet, and for what an operator may set right: a PIN, a language, a worker. */
async function begin() {
  try {
    const response = await ask(`/api/sessions/${encodeURIComponent(code)}`);
    const session = await response.json();
    showMade(part("made"), session.notice);
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

/** The end comes as a message and as a close code: what is left says nothing more. */
function again() {
  connection?.leave();
  connection = null;
  setTimeout(begin, pauseMs);
  pauseMs = Math.min(LONGEST_MS, pauseMs * 2);
}

function join(session) {
  connection = new Connection(socketUrl(location), receive, stated);
  const language = options.language || AUTO; // the floor, whichever language it is in
  connection.join({ sessionId: session.sessionId, targetLanguage: language, audio: false, mode: options.mode, pin: options.pin, history: 0 });
}

function stated(state, pauseMs = 0) {
  debug(text(`overlay.${state}`, { seconds: Math.ceil(pauseMs / 1000) }));
  if (["refused", "forbidden", "replaced"].includes(state)) again();
}

function receive(message) {
  if (message.type === "sessionJoined") pauseMs = AGAIN_MS;
  if (message.type === "caption") lines.take(message, Date.now());
  else if (message.hidden) lines.clear();
  else if (message.type === "sessionEnded") over(text("overlay.ended"));
  else if (message.type === "error" && !message.retryable) over(reasonOf(message));
  show();
}

function reasonOf({ code, message, available }) {
  if (code === "unauthorized") return text("overlay.signedIn");
  const languages = available ? ` ${text("overlay.available", { languages: available.join(", ") })}` : "";
  return `${code}: ${message}${languages}`;
}

function over(words) {
  lines.clear();
  debug(words);
  again();
}

function show() {
  const shown = lines.list(Date.now());
  const wanted = JSON.stringify(shown.map(({ text, language, corrected }) => [text, language, corrected]));
  if (part("lines").dataset.shown === wanted) {
    grow();
    return;
  }
  part("lines").dataset.shown = wanted;
  part("lines").replaceChildren(...shown.map(line));
  grow();
}

/** A sentence that comes as a whole must be read as a whole: it may take twice the lines, without older ones. */
function grow() {
  const newest = part("lines").lastElementChild;
  const needed = newest && options.mode === "steady" ? Math.round(newest.offsetHeight / parseFloat(getComputedStyle(newest).lineHeight)) : 0;
  document.body.style.setProperty("--lines", Math.max(options.lines, Math.min(needed, 2 * options.lines)));
}

function line(caption) {
  const words = Object.assign(document.createElement("span"), { textContent: caption.text, lang: caption.language });
  const line = Object.assign(document.createElement("p"), { dir: "auto" });
  line.append(words);
  if (caption.corrected) line.append(" ", Object.assign(document.createElement("small"), { textContent: `(${text("listen.corrected")})` }));
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
onDeparture(() => connection?.leave());
addEventListener("online", () => connection?.retry());
setInterval(() => connection?.beat(), BEAT_MS);
setInterval(show, TICK_MS);
await begin();
