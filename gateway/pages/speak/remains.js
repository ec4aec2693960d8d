// What a speaker can still do with a session that is over: take its text along, look at it, delete it.

import { text } from "../texts/texts.js";
import { ask } from "./ask.js";
import { FORMATS, deleteSession, textOf } from "./records.js";

const part = (id) => document.querySelector(`#${id}`);
const REFUSED = 403;

/** Offers what can be done with the session `{ code, token, joinUrl, pin }`. */
export function showRemains(session) {
  part("remains").hidden = false;
  part("formats").replaceChildren(...FORMATS.map((format) => taker(session, format)));
  part("over-link").href = session.joinUrl || `/listen/${encodeURIComponent(session.code)}`;
  part("delete").onclick = () => ask(part("ask-delete"));
  part("ask-delete").onclose = () => part("ask-delete").returnValue === "delete" && remove(session);
}

function taker(session, format) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: format });
  button.addEventListener("click", () => take(session, format));
  return button;
}

async function take(session, format) {
  say("");
  try {
    save(await textOf(session, format));
  } catch (error) {
    say(text(error.status === REFUSED ? "speak.overNoText" : "speak.overNotNow"));
  }
}

function save({ name, blob }) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers read it after a while only
}

async function remove(session) {
  part("delete").disabled = true;
  try {
    const { audioExpiresAt, textExpiresAt } = await deleteSession(session);
    part("remains").hidden = true;
    say(text("speak.deleted", { audio: day(audioExpiresAt), text: day(textExpiresAt) }));
    part("over-title").focus(); // the button that had the focus is gone
  } catch {
    say(text("speak.overNotNow"));
  } finally {
    part("delete").disabled = false;
  }
}

function say(words) {
  part("over-said").textContent = words;
}

/** A moment as people write it down. */
function day(ms) {
  return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" }).format(ms);
}
