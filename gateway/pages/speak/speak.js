// The speaker's page: from the microphone to everybody's languages.

import { admitted, protocols } from "../access/access.js";
import { tellHere } from "../session/here.js";
import { look } from "../session/look.js";
import { privateIn } from "../session/private_link.js";
import { Wake } from "../session/wake.js";
import { offerLanguages } from "../texts/chooser.js";
import { loadTexts, onOtherTexts, put, text } from "../texts/texts.js";
import { Desk } from "./desk.js";
import { showInvitation } from "./invite.js";
import { showLanguages } from "./languages.js";
import { Microphone, available } from "./microphone.js";
import { showInsecure } from "./notice.js";
import { showOver } from "./over.js";
import { showPrivateLinks } from "./private.js";
import { forgetSession, lastSession, moveSession, saveSession } from "./remembered.js";
import { Setup } from "./setup.js";
import { Talk } from "./talk.js";

const part = (id) => document.querySelector(`#${id}`);
/** What ends a session for good: one that goes on in another window is still this browser's. */
const GONE = ["session-ended", "session-not-found"];

const around = {
  connect: (offered) => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`, offered),
  protocols,
  later: (next, ms) => setTimeout(next, ms),
  now: () => performance.now(),
};
const wake = new Wake(); // a device that sleeps takes the microphone with it

let setup = null;
let microphone = null;
let talk = null;
let desk = null;
let session = null;
/** The microphone gives nothing, and the session is muted for that. */
let silenced = false;
/** Its channels cancel each other out. */
let atOdds = false;

/** Every frame of the microphone, from its check to the end. */
function heard(pcm, capturedAt) {
  if (!desk) setup.take(pcm);
  talk?.take(pcm, capturedAt);
  desk?.level(pcm);
}

/** The microphone is `gone`, `off` by the system, or well. */
function troubled(trouble) {
  if (!desk) return;
  for (const code of ["gone", "off"]) if (code !== trouble) desk.warnings.clear(code);
  if (trouble) desk.warnings.hold(trouble);
  else if (silenced) desk.warnings.take("interrupted"); // it may have been back before anybody could read that it was gone
  silence(Boolean(trouble));
  desk.render();
}

/** Listeners read that nothing comes from the speaker, as if the speaker had muted, until the microphone is back. */
function silence(yes) {
  if (yes === silenced || (yes && (talk.muted || talk.paused))) return;
  silenced = yes;
  if (yes || talk.muted) talk.mute(yes).catch(() => {}); // said by the state
}

/** The two channels of a mixing desk cancel each other out, or no longer do. */
function channelled(cancelled) {
  setup.cancelled(cancelled);
  atOdds = cancelled;
  if (!desk) return;
  if (cancelled) desk.warnings.hold("cancelled");
  else desk.warnings.clear("cancelled");
}

function newTalk() {
  return new Talk((message) => desk?.take(message), changed, around);
}

async function start() {
  setup.busy(true); // heard at once, whatever is not there yet
  microphone.wake();
  try {
    const members = await setup.ready();
    if (!members) return;
    talk = newTalk();
    const { joinUrl, moderatorToken } = await talk.start(members);
    begin({ code: talk.code, token: talk.token, moderatorToken, joinUrl, title: members.title, pin: members.pin });
  } catch (error) {
    talk = null;
    setup.problem(error);
  } finally {
    setup.busy(false);
  }
}

async function goOn(saved) {
  goingOn(true);
  const heard = await setup.listen();
  goingOn(false);
  if (!heard) return;
  part("again").hidden = true;
  microphone.wake();
  talk = newTalk();
  begin(saved);
  try {
    const { moderatorToken } = await talk.goOn(saved.code, saved.token);
    saveSession(Object.assign(session, { moderatorToken, before: null }));
    showPrivateLinks(session);
  } catch (error) {
    over(error.code);
  }
}

/** It was pressed, and the microphone is not on yet. */
function goingOn(yes) {
  part("go-on").disabled = part("start-new").disabled = yes;
  put(part("go-on"), yes ? "speak.starting" : "speak.goOn");
}

/** The session is there, or about to come back. */
function begin(begun) {
  session = begun;
  saveSession(session);
  setup.hide();
  desk = new Desk(talk);
  if (!part("spoken").options.length) showLanguages().then(() => desk?.render()); // after a reload nobody chose
  showInvitation(session);
  showPrivateLinks(session);
  desk.show(session.title || session.code);
  microphone.watched = true;
  channelled(atOdds);
  wake.begin();
}

function changed() {
  if (!desk) return;
  desk.render();
  if (talk.line === "over") over(talk.why);
}

function over(why) {
  microphone.watched = false;
  microphone.close();
  wake.end();
  desk.hide();
  if (GONE.includes(why) || session.before) forgetSession(session.code);
  showOver(why, talk, session);
  desk = null;
}

function offerToGoOn(saved) {
  put(part("again-title"), "speak.again", { code: saved.title || saved.code });
  put(part("again-text"), saved.elsewhere ? "speak.againElsewhere" : "speak.againHelp");
  part("again").hidden = false;
  part("go-on").onclick = () => goOn(saved);
  part("start-new").onclick = () => {
    endLeft(saved).catch(() => {}); // it ends by itself then, in a while
    forgetSession(saved.code);
    part("again").hidden = true;
    setup.show();
  };
}

/** Listeners of the session that is left for a new one do not wait for its speaker; one who speaks elsewhere is let be. */
async function endLeft({ code, token }) {
  const { answer } = await look(code);
  if (answer.state !== "away") return;
  const left = new Talk(() => {}, () => {}, around);
  await left.goOn(code, token);
  await left.end();
  left.leave();
}

function showTitle() {
  document.title = `${text("speak.title")} – Dragoman`;
}

async function open() {
  await loadTexts();
  showTitle();
  keepMoved(); // before anything can send the browser elsewhere to sign in
  offerLanguages(part("interface"));
  tellHere(part("unknown"), part("kept"));
  if (!available()) return showInsecure();
  await admitted(part("access"));
  microphone = new Microphone(heard, troubled, channelled);
  setup = new Setup(microphone, start);
  const saved = await left();
  if (saved) offerToGoOn(saved);
  else await setup.show();
}

/** A private link brings a session here. Its token is in no bookmark then, and in no link that somebody copies. */
function keepMoved() {
  const moved = privateIn(location.hash);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  if (moved) moveSession(moved);
}

/** The session that was spoken in last, with what is known of it now; null when there is none that goes on. */
async function left() {
  const last = await lastSession(look);
  if (!last) return null;
  const { known, ...saved } = last;
  return { ...saved, title: saved.title || known?.title, elsewhere: Boolean(known) && known.state !== "away" };
}

setInterval(() => desk?.render(), 500);
onOtherTexts(() => {
  showTitle();
  desk?.retell();
});
window.addEventListener("online", () => talk?.hurry());
window.addEventListener("offline", () => talk?.probe());
document.addEventListener("visibilitychange", () => talk?.probe());
window.addEventListener("beforeunload", (event) => desk && !talk.ended && event.preventDefault());
open();
