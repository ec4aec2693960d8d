// The listener's page: one tap, then captions and speech.

import { CaptionList } from "./caption_list.js";
import { Connection } from "../session/connection.js";
import { label, preselected } from "../session/languages.js";
import { Player, formats } from "./player.js";

const STATES = {
  live: "Live",
  paused: "Paused by the speaker",
  muted: "The speaker is muted",
  away: "The speaker is away for a moment",
  ended: "The session has ended",
};

const part = (id) => document.querySelector(`#${id}`);
const captions = new CaptionList(part("captions"), part("newest"));
const player = new Player();
const socketUrl = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
const connection = new Connection(socketUrl, receive, showState);
let session = null;

function showState(text) {
  part("state").textContent = text;
}

function receive(message, audio) {
  if (message.type === "sessionJoined") {
    showSession(message);
    showState(STATES[message.state]);
  } else if (message.type === "caption") {
    captions.take(message);
  } else if (message.type === "missed") {
    if (message.product === "captions") captions.missed();
  } else if (message.type === "translatedAudio") {
    player.take(message, audio);
  } else if (message.type === "speakerState") {
    showState(STATES[message.state]);
  } else if (message.type === "sessionEnded" || message.code === "session-ended") {
    showEnd();
  } else if (message.type === "languageChanged") {
    player.stop();
    captions.clear();
  } else if (message.type === "error") {
    showState(message.message);
  }
}

function showSession(told) {
  session = told;
  part("title").textContent = session.title || session.sessionId;
  document.title = `${session.title || session.sessionId} – Dragoman`;
  showLanguages();
  showSound();
}

function showLanguages() {
  const offered = session.languages.map(({ language }) => language);
  const chosen = part("language").value || preselected(navigator.languages, offered, session.sourceLanguage);
  part("language").replaceChildren(
    ...session.languages.map((offer) => {
      const option = new Option(label(offer, session.sourceLanguage), offer.language, false, offer.language === chosen);
      option.lang = offer.language;
      return option;
    }),
  );
}

/** The switch is there once listening began, if there is anything to hear in the chosen language. */
function showSound() {
  const offer = session.languages.find(({ language }) => language === part("language").value);
  const heard = offer?.speech && offer.language !== session.sourceLanguage;
  part("sound").hidden = !part("listen").hidden || !heard;
  part("sound").textContent = player.muted ? "Sound on" : "Sound off";
}

/** What was received stays; there is nothing left to choose. */
function showEnd() {
  showState(STATES.ended);
  part("choice").hidden = true;
  part("back").hidden = false;
}

part("listen").addEventListener("click", async () => {
  part("listen").hidden = true;
  player.unlock();
  showSound();
  showState("Connecting …");
  const request = { sessionId: session.sessionId, targetLanguage: part("language").value, mode: "fast" };
  connection.join({ ...request, formats: await formats() });
});

part("language").addEventListener("change", () => {
  showSound();
  if (!part("listen").hidden) return;
  player.stop();
  connection.change({ targetLanguage: part("language").value });
});

part("sound").addEventListener("click", () => {
  if (player.muted) player.unmute();
  else player.mute();
  connection.setPlayback(player.muted);
  showSound();
});

async function look() {
  const response = await fetch(`/api/sessions/${location.pathname.split("/").pop()}`);
  const answer = await response.json();
  if (!response.ok) {
    showState(answer.message);
    part("back").hidden = false;
    return;
  }
  showSession(answer);
  if (answer.state === "ended") {
    showEnd();
    return;
  }
  showState("Choose your language and listen.");
  part("choice").hidden = false;
}

look().catch(() => showState("The server cannot be reached: load this page again."));
