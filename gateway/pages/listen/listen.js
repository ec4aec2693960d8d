// The listener's page: one tap, then captions and speech.

import { Connection } from "../session/connection.js";
import { onDeparture } from "../session/departure.js";
import { tellHere } from "../session/here.js";
import { AUTO, ownName, preparation, preselected } from "../session/languages.js";
import { look, lookUntilAnswered } from "../session/look.js";
import { showMade } from "../session/made.js";
import { codeIn, socketUrl } from "../session/place.js";
import { closesBeside } from "../session/sheet.js";
import { storage } from "../session/storage.js";
import { Wake } from "../session/wake.js";
import { Ways } from "../session/ways.js";
import { offerLanguages } from "../texts/chooser.js";
import { langOf, loadTexts, onOtherTexts, put, text } from "../texts/texts.js";
import { CaptionList } from "./caption_list.js";
import { Controls } from "./controls.js";
import { LanguageSheet } from "./language_sheet.js";
import { showMedia } from "./media_session.js";
import { formats, Player } from "./player.js";
import { Preferences, changes, wish } from "./preferences.js";
import { Settings } from "./settings.js";
import { Status } from "./status.js";
import { Tabs } from "./tabs.js";
import { Takers } from "./takers.js";
import { Welcome } from "./welcome.js";
import { Wishes } from "./wishes.js";

const BEAT_MS = 5000;
const TICK_MS = 500;
/** All that a history keeps: for somebody who comes after the end. */
const ALL = 500;

const part = (id) => document.querySelector(`#${id}`);
const code = codeIn(location.pathname);
const preferences = new Preferences(storage());
const status = new Status(part("state"), part("delay"), part("notice"));
const captions = new CaptionList(part("captions"), part("newest"));
const wake = new Wake();
const ways = new Ways(() => connection.renew());
const connection = new Connection(socketUrl(location), receive, stated, ways.connect);
const player = new Player((seconds) => controls.dropped(seconds), (seconds) => controls.caughtUp(seconds));
const tabs = new Tabs(code, yieldTab, () => (form.elsewhere = tabs.elsewhere));
const settings = new Settings(part("settings"), preferences, changed);
const languages = new LanguageSheet(part("languages"), choose);
const controls = new Controls({ player, connection, ways, status, preferences, settings, languages, changed });
const wishes = new Wishes(document.querySelectorAll(".wish"), navigator.languages, wishedFor);
const takers = new Takers({ shown: () => shown.captions ?? (preferences.reads || language), headers: () => form.headers(), say, wrongPin });
const form = new Welcome(connection, view, () => {
  player.unlock();
  enter();
});
let session = null;
let language = "";
let shown = {};
/** The tap was made: the connection knows what is wanted. */
let entered = false;
/** The speaker, or who moderates, took captions and speech off. */
let hidden = false;

function receive(message, audio, live) {
  TAKE[message.type]?.(message, audio, live);
}

const TAKE = {
  sessionJoined(message) {
    showSession(message);
    status.speaker(message.state);
    hide(message.hidden);
    if (document.body.dataset.view !== "live") arrive();
    showChannels(message);
  },
  caption(message, _, live) {
    captions.take(message, live);
    if (message.outcome === "withdrawn") player.withdraw(message.segment);
    if (live) controls.read(message);
    showWaiting();
    if (!live && !message.revised) quietly();
  },
  missed({ product }) {
    if (product === "captions") captions.missed();
    say(text(product === "captions" ? "listen.missedCaptions" : "listen.missedSpeech"));
  },
  recovered({ captions: count }) {
    say(count ? text("listen.recovered", { count }) : text("listen.recoveredAll"));
  },
  translatedAudio(message, audio) {
    if (message.voice) heardVoice(message.voice);
    player.take(message, audio);
  },
  speakerState({ state, hidden }) {
    status.speaker(state);
    hide(hidden);
    controls.tick();
  },
  sessionEnded: ended,
  languageChanged: showChannels,
  languagesChanged({ languages: offered }) {
    const before = preparation(offer(language));
    showSession({ languages: offered });
    if (before && !preparation(offer(language))) say(text("listen.ready", { language: ownName(language) }));
  },
  sourceLanguageChanged({ sourceLanguage, detected, languages: offered }) {
    if (connection.targetLanguage === AUTO) language = sourceLanguage;
    showSession({ sourceLanguage, detected, languages: offered });
    const names = { language: ownName(language), spoken: ownName(sourceLanguage) };
    const there = offered.some((each) => each.language === language);
    if (!there) say(text("listen.notFrom", names));
    else if (sourceLanguage !== AUTO) say(text("listen.spokenNow", { language: names.spoken }));
  },
  error: refused,
};

/** What is on the screen and what is heard goes at once. */
function hide(yes = false) {
  hidden = yes;
  if (!hidden) return;
  captions.clear();
  player.drop();
  showWaiting();
}

/** The captions take the place of the form, and the focus with it. */
function arrive() {
  const over = session.state === "ended";
  view(over ? "ended" : "live");
  if (over) return;
  tabs.take();
  part("captions").focus({ preventScroll: true });
  wake.begin();
}

/** What is read and heard from now on; what was read in another language stays until the new one comes. */
function showChannels({ captions: read, speech }) {
  if (read?.language !== shown.captions) {
    if (read && shown.captions) change(read);
    else captions.clear();
    controls.anew();
  }
  if (speech?.language !== shown.speech) player.restart();
  shown = { captions: read?.language, speech: speech?.language };
  heardVoice.last = "";
  showWaiting();
  quietly();
}

function change({ language: read, id }) {
  captions.change();
  if (!id && !captions.empty) say(text("listen.fromNextOn", { language: ownName(read) }));
}

/** The one that was chosen may have no room: said once, until another one speaks. */
function heardVoice(voice) {
  if (heardVoice.last === voice) return;
  heardVoice.last = voice;
  if (preferences.voice && preferences.voice !== voice) say(text("listen.voiceOther"));
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

function stated(state, pauseMs) {
  const before = ways.hindered;
  ways.stated(state);
  if (ways.hindered !== before) showWay();
  status.connection(state, pauseMs);
  if (["refused", "forbidden", "replaced"].includes(state)) leave();
}

/** By a stream nothing is heard: captions take the place of speech. */
function showWay() {
  part("hindered").hidden = !ways.hindered;
  controls.appear();
  controls.show(session, language);
  showWaiting();
}

/** Nothing is under way any more: the form may be used again. */
function leave() {
  entered = form.locked = false;
  tabs.leave();
}

/** Another tab of this browser has the session now; what was received here stays, in case it comes back. */
function yieldTab() {
  connection.leave();
  player.drop();
  wake.end();
  ways.rest();
  leave();
  form.elsewhere = true;
  welcome();
}

function refused(error) {
  const words = text(`listen.error-${error.code}`);
  const said = words === `listen.error-${error.code}` ? error.message : words;
  if (error.code === "session-ended") ended();
  else if (connection.over) shutOut(error.code, said);
  else {
    if (error.code !== "rate-limited") say(said); // the state says when it is tried again
    if (error.code === "language-unavailable") adopt(connection.targetLanguage);
  }
}

/** The join was refused: the reader may choose again, or show another PIN, or sign in again. */
async function shutOut(reason, said) {
  leave();
  if (reason === "forbidden" && session.listeners === "pin") await wrongPin();
  else {
    await welcome();
    status.say(said, "bad");
  }
}

async function wrongPin() {
  await welcome();
  form.wrongPin();
}

/** What was received stays; what else there is is the text to take along, by now perhaps in more languages. */
async function ended() {
  if (!entered && document.body.dataset.view === "ended") return; // said by a message and by a close code
  leave();
  session = { ...session, state: "ended" };
  status.speaker("ended");
  view("ended");
  showWaiting();
  wake.end();
  ways.rest();
  part("hindered").hidden = true;
  const { found, answer } = await look(code).catch(() => ({ found: false }));
  if (found) takers.offer((session = { ...session, ...answer }));
}

function view(name) {
  document.body.dataset.view = name;
  part("admission").hidden = name !== "admission";
  part("welcome").hidden = name !== "welcome";
  part("stage").hidden = !["live", "ended"].includes(name);
  part("end").hidden = !["ended", "nothing"].includes(name);
  controls.tick();
}

function showSession(told) {
  session = { ...session, ...told };
  const title = session.title || session.sessionId;
  part("title").textContent = title;
  document.title = `${title} – Dragoman`;
  captions.floor = session.sourceLanguage === AUTO ? "" : session.sourceLanguage;
  const offered = session.languages.map((each) => each.language);
  settings.offer(session.languages);
  if (language === AUTO && session.sourceLanguage !== AUTO && !entered) language = "";
  wishes.offer(offered, session.sourceLanguage);
  adopt(language || preselected([preferences.language, ...navigator.languages].filter(Boolean), offered, session.sourceLanguage));
  takers.offer(session);
}

/** What can be had in a language. */
function offer(tag) {
  return session.languages.find((each) => each.language === tag);
}

/** Shows that this language is the chosen one. */
function adopt(chosen) {
  language = chosen;
  part("picked").textContent = ownName(chosen);
  part("picked").lang = langOf(chosen);
  const offered = offer(chosen);
  part("rough").textContent = offered?.quality === "rough" ? text("listen.roughNow") : "";
  const how = preparation(offered);
  captions.preparing = Boolean(how);
  part("preparing").textContent = how && text(`listen.${how}`, { language: ownName(chosen), mb: offered.fetchMb });
  languages.offer(session.languages, session.sourceLanguage, chosen);
  controls.show(session, chosen);
  showMedia({ title: session.title || session.sessionId, language: ownName(chosen) }, controls.media);
  form.promise(session, controls.hears);
}

function choose(chosen) {
  preferences.set({ language: chosen });
  adopt(chosen);
  changed(["language"]);
}

/** It counts as long as somebody listens: before that nobody is told. */
function wishedFor(wished, words, tag) {
  if (!entered) return;
  connection.change({ wished });
  say(text(words, { language: ownName(tag) }));
}

/** Some preferences are others now. */
function changed(names) {
  controls.appear();
  captions.settle();
  controls.show(session, language);
  if (!entered) return;
  const asked = changes(wished(), names);
  if (Object.keys(asked).length) connection.change(asked);
  showWaiting();
  quietly();
}

function wished() {
  return { ...wish({ ...preferences, language }, session.languages.map((each) => each.language)), wished: wishes.made };
}

function showWaiting() {
  const heardOnly = document.body.dataset.shows === "speech";
  part("waiting").hidden = document.body.dataset.view !== "live" || (!heardOnly && !captions.empty && !hidden);
  if (hidden) put(part("waiting"), "listen.hiddenNow");
  else part("waiting").textContent = heardOnly ? text("listen.hearing", { language: ownName(language) }) : text("listen.waiting");
}

function say(words) {
  status.notice(words);
}

/** Joins; an ended session gives what it still keeps, and no sound. */
function enter() {
  const over = session.state === "ended";
  entered = form.locked = true;
  const wanted = over ? { ...wished(), audio: false, captions: true, history: ALL } : wished();
  connection.join({ sessionId: session.sessionId, ...wanted, pin: form.pin, formats: formats() });
}

async function welcome() {
  status.glance(session.state);
  await form.show(session);
}

async function begin() {
  const { found, answer } = await lookUntilAnswered(code, ({ seconds }) => {
    status.say(seconds ? text("listen.busy", { seconds }) : text("listen.unreachable"), "bad");
  });
  if (!found) {
    view("nothing");
    status.say(text(`listen.error-${answer.code}`), "bad");
    return;
  }
  showMade(part("made"), answer.notice);
  showSession(answer);
  if (answer.state !== "ended" || answer.listeners === "pin") await welcome();
  else {
    await form.admit(session);
    enter();
  }
}

/** What is seen before the tap changes, too; where somebody chooses nothing is moved. */
async function lookAgain() {
  const idle = () => document.body.dataset.view === "welcome" && !entered && !document.querySelector("dialog[open]");
  if (!idle()) return;
  const { found, answer } = await look(code).catch(() => ({ found: false }));
  if (!found || !idle()) return;
  const before = session.state;
  showSession(answer);
  if (answer.state !== before) await welcome();
}

/** The page is shown in another language: what was said in the one before is said again. */
function retell() {
  if (!session) return;
  showSession({});
  if (document.body.dataset.view === "welcome") status.glance(session.state);
  status.retell();
  controls.retell(session, language);
  captions.retell();
  showWaiting();
  quietly();
}

for (const sheet of document.querySelectorAll("dialog")) closesBeside(sheet);
onDeparture(() => connection.leave());
addEventListener("pagehide", ({ persisted }) => persisted || tabs.leave());
addEventListener("offline", () => status.offline(true));
addEventListener("online", () => {
  status.offline(false);
  connection.retry();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  tabs.ask();
  connection.retry();
});
setInterval(() => {
  connection.beat();
  lookAgain();
}, BEAT_MS);
setInterval(() => {
  player.go();
  controls.tick();
}, TICK_MS);

await loadTexts();
document.title = `${text("listen.title")} – Dragoman`;
controls.appear();
for (const id of ["interface", "interfaceNow"]) offerLanguages(part(id));
onOtherTexts(retell);
tellHere(part("unknown"), part("kept"));
status.say(text("listen.looking"));
await begin();
