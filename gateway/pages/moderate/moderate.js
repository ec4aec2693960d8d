// The moderator's page: sees what listeners see, and takes it off their screens.

import { Connection } from "../session/connection.js";
import { onDeparture } from "../session/departure.js";
import { ownName, preselected } from "../session/languages.js";
import { look } from "../session/look.js";
import { socketUrl } from "../session/place.js";
import { privateIn } from "../session/private_link.js";
import { openDialog } from "../session/sheet.js";
import { offerLanguages } from "../texts/chooser.js";
import { loadTexts, onOtherTexts, put, text } from "../texts/texts.js";
import { ModeratedCaptions } from "./captions.js";

const BEAT_MS = 5000;
const HISTORY = 200;

const part = (id) => document.querySelector(`#${id}`);
const link = privateIn(location.hash);
const connection = new Connection(socketUrl(location), receive, stated);
const captions = new ModeratedCaptions(part("captions"), part("none"), (action, members) => connection.say(action, members));
let hidden = false;

const TAKE = {
  sessionJoined({ title, sessionId, languages, hidden: now, captions: read, state }) {
    part("title").textContent = title || sessionId;
    document.title = `${title || sessionId} – Dragoman`;
    part("desk").hidden = false;
    offer(languages, read.language);
    if (!read.recovered) captions.clear();
    show(state, now);
  },
  languageChanged: ({ captions: read }) => read?.recovered || captions.clear(),
  caption: (caption) => captions.take(caption),
  speakerState: ({ state, hidden: now }) => show(state, now),
  captionsHidden: () => show(null, true),
  captionsShown: () => show(null, false),
  captionWithdrawn: () => put(part("said"), ""),
  captionCorrected: () => put(part("said"), ""),
  sessionEnded: () => over("listen.stateEnded"),
  error({ code, message }) {
    if (code === "unauthorized" || code === "session-not-found") over("moderate.noLink");
    else if (code === "session-ended") over("listen.stateEnded");
    else put(part("said"), "speak.problemOther", { message });
  },
};

function receive(message) {
  TAKE[message.type]?.(message);
}

function show(state, now) {
  hidden = now;
  if (state) put(part("state"), `listen.state${state[0].toUpperCase()}${state.slice(1)}`);
  put(part("hide"), hidden ? "moderate.show" : "moderate.hide");
  put(part("hidden"), hidden ? "moderate.hidden" : "");
}

function stated(state, pauseMs = 0) {
  if (state !== "joined") put(part("state"), `listen.${state}`, { seconds: Math.ceil(pauseMs / 1000) });
}

function over(key) {
  put(part("state"), key);
  part("desk").hidden = true;
  connection.leave();
}

function offer(languages, chosen) {
  const options = languages.map(({ language }) => Object.assign(new Option(ownName(language), language), { lang: language }));
  part("language").replaceChildren(...options);
  part("language").value = chosen;
}

async function begin() {
  const { found, answer } = await look(link.code);
  if (!found) return over("moderate.noLink");
  const language = preselected(navigator.languages, answer.languages.map((each) => each.language), answer.sourceLanguage);
  connection.join({ sessionId: answer.sessionId, targetLanguage: language, audio: false, history: HISTORY, moderatorToken: link.token });
}

part("hide").addEventListener("click", () => connection.say(hidden ? "showCaptions" : "hideCaptions"));
part("language").addEventListener("change", ({ target }) => connection.change({ targetLanguage: target.value }));
part("end").addEventListener("click", () => openDialog(part("ask-end")));
part("ask-end").addEventListener("close", () => part("ask-end").returnValue === "end" && connection.say("endSession"));
onDeparture(() => connection.leave());
onOtherTexts(() => captions.retell());
setInterval(() => connection.beat(), BEAT_MS);
addEventListener("online", () => connection.retry());

await loadTexts();
document.title = `${text("moderate.title")} – Dragoman`;
offerLanguages(part("interface"));
if (link) await begin().catch(() => over("listen.unreachable"));
else over("moderate.noLink");
