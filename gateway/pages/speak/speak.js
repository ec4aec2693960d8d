// The speaker's page: from the microphone to everybody's languages.

import { admitted, protocols } from "../access/access.js";
import { Wake } from "../session/wake.js";
import { offerLanguages } from "../texts/chooser.js";
import { loadTexts, text } from "../texts/texts.js";
import { Desk } from "./desk.js";
import { showInvitation } from "./invite.js";
import { showLanguages } from "./languages.js";
import { Microphone, available } from "./microphone.js";
import { showInsecure } from "./notice.js";
import { showOver } from "./over.js";
import { forgetSession, saveSession, savedSession } from "./remembered.js";
import { Setup } from "./setup.js";
import { Talk } from "./talk.js";

const part = (id) => document.querySelector(`#${id}`);

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
  desk.render();
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
    const { joinUrl } = await talk.start(members);
    begin({ code: talk.code, token: talk.token, joinUrl, title: members.title, pin: members.pin });
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
  await talk.goOn(saved.code, saved.token).catch((error) => over(error.code));
}

/** It was pressed, and the microphone is not on yet. */
function goingOn(yes) {
  part("go-on").disabled = part("start-new").disabled = yes;
  part("go-on").textContent = text(yes ? "speak.starting" : "speak.goOn");
}

/** The session is there, or about to come back. */
function begin(begun) {
  session = begun;
  saveSession(session);
  setup.hide();
  desk = new Desk(talk);
  if (!part("spoken").options.length) showLanguages().then(() => desk?.render()); // after a reload nobody chose
  showInvitation(session);
  desk.show(session.title || session.code);
  wake.begin();
}

function changed() {
  if (!desk) return;
  desk.render();
  if (talk.line === "over") over(talk.why);
}

function over(why) {
  microphone.close();
  wake.end();
  desk.hide();
  if (why === "session-ended" || why === "session-not-found" || why === 4009) forgetSession();
  showOver(why, talk, session);
  desk = null;
}

function offerToGoOn(saved) {
  part("again-text").textContent = text("speak.againHelp", { code: saved.title || saved.code });
  part("again").hidden = false;
  part("go-on").onclick = () => goOn(saved);
  part("start-new").onclick = () => {
    endLeft(saved).catch(() => {}); // it ends by itself then, in a while
    forgetSession();
    part("again").hidden = true;
    setup.show();
  };
}

/** Listeners of the session that is left for a new one do not wait for its speaker. */
async function endLeft({ code, token }) {
  const left = new Talk(() => {}, () => {}, around);
  await left.goOn(code, token);
  await left.end();
  left.leave();
}

async function open() {
  await loadTexts();
  document.title = `${text("speak.title")} – Dragoman`;
  offerLanguages(part("interface"));
  if (!available()) return showInsecure();
  await admitted(part("access"));
  microphone = new Microphone(heard, troubled);
  setup = new Setup(microphone, start);
  const saved = savedSession();
  if (saved) offerToGoOn(saved);
  else await setup.show();
}

setInterval(() => desk?.render(), 1000);
window.addEventListener("online", () => talk?.hurry());
window.addEventListener("beforeunload", (event) => desk && !talk.ended && event.preventDefault());
open();
