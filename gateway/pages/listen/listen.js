// The listener's page: one tap, then captions and speech.

import { delayS } from "../session/clock.js";
import { Connection } from "../session/connection.js";
import { ownName, preselected } from "../session/languages.js";
import { storage } from "../session/storage.js";
import { LANGUAGES, chooseInterface, loadTexts, text } from "../texts/texts.js";
import { CaptionList } from "./caption_list.js";
import { Controls } from "./controls.js";
import { LanguageSheet } from "./language_sheet.js";
import { formats, Player } from "./player.js";
import { Preferences, changes, wish } from "./preferences.js";
import { Settings } from "./settings.js";
import { Status } from "./status.js";
import { Wake } from "./wake.js";

const BEAT_MS = 5000;
const TICK_MS = 500;
const AGAIN_MS = 3000;

const part = (id) => document.querySelector(`#${id}`);
const code = decodeURIComponent(location.pathname.split("/").pop());
const socketUrl = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
const preferences = new Preferences(storage());
const status = new Status(part("state"), part("delay"), part("notice"));
const captions = new CaptionList(part("captions"), part("newest"));
const wake = new Wake();
const connection = new Connection(socketUrl, receive, (state) => status.connection(state));
const player = new Player((seconds) => controls.dropped(seconds));
const settings = new Settings(part("settings"), preferences, changed);
const languages = new LanguageSheet(part("languages"), choose);
const controls = new Controls({ player, connection, status, preferences, settings, languages, changed });
let session = null;
let language = "";
let shown = {};
let captionDelay = null;

function receive(message, audio, live) {
  TAKE[message.type]?.(message, audio, live);
}

const TAKE = {
  sessionJoined(message) {
    showSession(message);
    view("live");
    status.speaker(message.state);
    showChannels(message);
    wake.begin();
  },
  caption(message, _, live) {
    captions.take(message);
    if (live) captionDelay = delayS(message.spokenAt, connection.clock.at(Date.now()));
    showWaiting();
    if (!live) quietly();
  },
  missed({ product }) {
    if (product === "captions") captions.missed();
    status.notice(text(product === "captions" ? "listen.missedCaptions" : "listen.missedSpeech"));
  },
  recovered({ captions: count }) {
    status.notice(count ? text("listen.recovered", { count }) : text("listen.recoveredAll"));
  },
  translatedAudio(message, audio) {
    player.take(message, audio);
  },
  speakerState({ state }) {
    status.speaker(state);
  },
  sessionEnded: ended,
  languageChanged: showChannels,
  error: refused,
};

/** What is read and heard from now on; of another language nothing stays. */
function showChannels({ captions: read, speech }) {
  if (read?.language !== shown.captions) {
    captions.clear();
    captionDelay = null;
  }
  if (speech?.language !== shown.speech) player.restart();
  shown = { captions: read?.language, speech: speech?.language };
  showWaiting();
  quietly();
}

/** What is there already is not read out; what comes is, unless the same words are heard. */
function quietly() {
  const log = part("captions");
  log.ariaLive = "off";
  clearTimeout(quietly.timer);
  quietly.timer = setTimeout(() => {
    log.ariaLive = controls.hears && !player.muted && !preferences.reads ? "off" : "polite";
  }, TICK_MS);
}

function refused(error) {
  const words = text(`listen.error-${error.code}`);
  const said = words === `listen.error-${error.code}` ? error.message : words;
  if (error.code === "session-ended") ended();
  else if (connection.over) shutOut(error.code, said);
  else {
    status.notice(said);
    if (error.code === "language-unavailable") adopt(connection.targetLanguage);
  }
}

/** The join was refused: the reader may choose again, or show another PIN, or sign in again. */
async function shutOut(reason, said) {
  await welcome();
  const pin = reason === "forbidden" && session.listeners === "pin";
  part("pinWrong").textContent = pin ? text("listen.pinWrong") : "";
  if (pin) part("pin").select();
  else status.say(said, "bad");
}

/** What was received stays; there is nothing left to choose. */
function ended() {
  status.speaker("ended");
  view("ended");
  showWaiting();
  wake.end();
}

function view(name) {
  document.body.dataset.view = name;
  part("admission").hidden = name !== "admission";
  part("welcome").hidden = name !== "welcome";
  part("stage").hidden = !["live", "ended"].includes(name);
  part("end").hidden = !["ended", "nothing"].includes(name);
  controls.tick(captionDelay);
}

function showSession(told) {
  session = { ...session, ...told };
  const title = session.title || session.sessionId;
  part("title").textContent = title;
  document.title = `${title} – Dragoman`;
  captions.floor = session.sourceLanguage;
  const offered = session.languages.map((each) => each.language);
  settings.offer(session.languages);
  adopt(language || preselected([preferences.language, ...navigator.languages].filter(Boolean), offered, session.sourceLanguage));
}

/** Shows that this language is the chosen one. */
function adopt(chosen) {
  language = chosen;
  part("picked").textContent = ownName(chosen);
  part("picked").lang = chosen;
  languages.offer(session.languages, session.sourceLanguage, chosen);
  controls.show(session, chosen);
}

function choose(chosen) {
  preferences.set({ language: chosen });
  adopt(chosen);
  changed(["language"]);
}

/** Some preferences are others now. */
function changed(names) {
  controls.appear();
  captions.settle();
  controls.show(session, language);
  if (document.body.dataset.view !== "live") return;
  const asked = changes(wished(), names);
  if (Object.keys(asked).length) connection.change(asked);
  showWaiting();
  quietly();
}

function wished() {
  return wish({ ...preferences, language }, session.languages.map((each) => each.language));
}

function showWaiting() {
  const heardOnly = preferences.shows === "speech";
  part("waiting").hidden = document.body.dataset.view !== "live" || (!heardOnly && !captions.empty);
  part("waiting").textContent = heardOnly ? text("listen.hearing", { language: ownName(language) }) : text("listen.waiting");
}

part("welcome").addEventListener("submit", (event) => {
  event.preventDefault();
  player.unlock();
  connection.join({ sessionId: session.sessionId, ...wished(), pin: part("pin").value, formats: formats() });
});

async function look() {
  const response = await fetch(`/api/sessions/${encodeURIComponent(code)}`);
  const answer = await response.json();
  if (response.status === 503 || response.status === 429) throw new Error(answer.code);
  if (!response.ok) {
    view("nothing");
    status.say(text(`listen.error-${answer.code}`), "bad");
    return;
  }
  showSession(answer);
  if (answer.state === "ended") ended();
  else await welcome();
}

async function welcome() {
  status.glance(session.state);
  if (session.listeners === "signed-in") await signIn();
  view("welcome");
  part("pinAsked").hidden = session.listeners !== "pin";
  part("pin").required = session.listeners === "pin";
}

async function signIn() {
  const access = await import("../access/access.js");
  view("admission");
  await access.admitted(part("admission"));
  connection.ticket = access.ticket;
}

async function lookUntilFound() {
  try {
    await look();
  } catch {
    status.say(text("listen.unreachable"), "bad");
    setTimeout(lookUntilFound, AGAIN_MS);
  }
}

function showInterfaces() {
  part("interface").replaceChildren(...LANGUAGES.map((each) => new Option(ownName(each), each)));
  for (const option of part("interface").options) option.lang = option.value;
  part("interface").value = document.documentElement.lang;
  part("interface").addEventListener("change", ({ target }) => chooseInterface(target.value));
}

addEventListener("offline", () => status.offline(true));
addEventListener("online", () => {
  status.offline(false);
  connection.retry();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && connection.retry());
setInterval(() => connection.beat(), BEAT_MS);
setInterval(() => {
  player.go();
  controls.tick(captionDelay);
}, TICK_MS);

await loadTexts();
document.title = `${text("listen.title")} – Dragoman`;
controls.appear();
showInterfaces();
status.say(text("listen.looking"));
await lookUntilFound();
