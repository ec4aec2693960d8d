// The listener's page: one tap, then captions and speech.

import { Captions } from "/static/captions.js";
import { Connection } from "/static/connection.js";
import { Player, formats } from "/static/player.js";

const STATES = {
  live: "Live",
  paused: "The speaker paused.",
  muted: "The speaker is muted.",
  away: "The speaker is away for a moment.",
  ended: "The session has ended.",
};
const HOLES = { deadline: "too late", "no-audience": "nobody listened", jump: "skipped to catch up", engine: "it failed" };

const code = decodeURIComponent(location.pathname.split("/").pop());
const part = (id) => document.querySelector(`#${id}`);
const captions = new Captions();
const player = new Player();
const socketUrl = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
const connection = new Connection(socketUrl, receive, showState);

function showState(text) {
  part("state").textContent = text;
}

function showLanguages(languages, source) {
  const names = new Intl.DisplayNames(undefined, { type: "language" });
  const select = part("language");
  const chosen = select.value || preferred(languages, source);
  select.replaceChildren(
    ...languages.map(({ language, speech }) => {
      const own = new Intl.DisplayNames([language], { type: "language" }).of(language) ?? names.of(language);
      const note = language === source ? " (original)" : speech ? "" : " (text only)";
      return new Option(own + note, language, false, language === chosen);
    }),
  );
}

function preferred(languages, source) {
  const known = languages.map(({ language }) => language).filter((language) => language !== source);
  const wanted = navigator.languages.map((language) => language.split("-")[0]);
  return wanted.find((language) => known.includes(language)) ?? known[0] ?? source;
}

function receive(message, audio) {
  if (message.type === "sessionJoined") {
    showSession(message);
    showState(STATES[message.state]);
  } else if (message.type === "caption") {
    if (captions.take(message)) render();
  } else if (message.type === "translatedAudio") {
    player.take(message, audio);
  } else if (message.type === "speakerState") {
    showState(STATES[message.state]);
  } else if (message.type === "sessionEnded") {
    showState(STATES.ended);
  } else if (message.type === "languageChanged") {
    captions.clear();
    render();
  } else if (message.type === "error") {
    showState(message.message);
  }
}

function showSession(session) {
  part("title").textContent = session.title || session.sessionId;
  document.title = `${session.title || session.sessionId} – Dragoman`;
  showLanguages(session.languages, session.sourceLanguage);
}

/** Changes only what changed: a screen reader reads what is new. */
function render() {
  const box = part("captions");
  const shown = new Map([...box.children].map((line) => [Number(line.dataset.segment), line]));
  const atEnd = innerHeight + scrollY >= document.body.scrollHeight - 80;
  for (const caption of captions.list()) {
    const line = shown.get(caption.segment) ?? newLine(box, caption.segment);
    shown.delete(caption.segment);
    const hole = caption.outcome === "skipped" || caption.outcome === "failed";
    const text = hole ? `[${HOLES[caption.reason] ?? "missing"}]` : caption.text;
    if (line.textContent !== text) line.textContent = text;
    line.className = hole ? "hole" : caption.final ? "" : "partial";
    line.lang = caption.language;
    line.dir = "auto";
  }
  for (const line of shown.values()) line.remove();
  if (atEnd) scrollTo(0, document.body.scrollHeight);
}

function newLine(box, segment) {
  const line = document.createElement("p");
  line.dataset.segment = segment;
  const next = [...box.children].find((each) => Number(each.dataset.segment) > segment);
  box.insertBefore(line, next ?? null);
  return line;
}

part("listen").addEventListener("click", async () => {
  part("listen").hidden = true;
  player.unlock();
  showState("Connecting …");
  connection.join({ sessionId: code, targetLanguage: part("language").value, mode: "fast", formats: await formats() });
});

part("language").addEventListener("change", () => {
  if (!part("listen").hidden) return;
  player.stop();
  connection.change({ targetLanguage: part("language").value });
});

const response = await fetch(`/api/sessions/${encodeURIComponent(code)}`);
const session = await response.json();
if (response.ok) {
  showSession(session);
} else {
  part("choice").hidden = true;
  showState(session.message);
}
