// What a speaker can still do with a session that is over: take its text along, look at it, delete it.

import { ownName } from "../session/languages.js";
import { openDialog } from "../session/sheet.js";
import { put } from "../texts/texts.js";
import { deleteSession, languagesOf, textOf } from "./records.js";

const part = (id) => document.querySelector(`#${id}`);
const REFUSED = 403;

/** Offers what can be done with the session `{ code, token, joinUrl, pin }`. */
export function showRemains(session) {
  for (const id of ["remains", "removal"]) part(id).hidden = false;
  for (const button of document.querySelectorAll("#remains [data-format]")) button.onclick = () => take(session, button.dataset.format);
  part("over-link").href = session.joinUrl || `/listen/${encodeURIComponent(session.code)}`;
  part("delete").onclick = () => openDialog(part("ask-delete"));
  part("ask-delete").onclose = () => part("ask-delete").returnValue === "delete" && remove(session);
  showLanguages(session);
}

/** Every language that was made, the one that was spoken first. */
async function showLanguages(session) {
  const languages = await languagesOf(session).catch(() => []);
  part("take-language").replaceChildren(...languages.map((tag) => Object.assign(new Option(ownName(tag), tag), { lang: tag })));
  part("take-language").parentElement.hidden = languages.length < 2;
}

async function take(session, format) {
  say("");
  const [language, clock, offset] = ["take-language", "take-clock", "take-offset"].map((id) => part(id).value);
  try {
    save(await textOf(session, { language, format, clock, offset: offset || "0" }));
  } catch (error) {
    say(error.status === REFUSED ? "speak.overNoText" : "speak.overNotNow");
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
    for (const id of ["remains", "removal"]) part(id).hidden = true;
    say("speak.deleted", { audio: day(audioExpiresAt), text: day(textExpiresAt) });
    part("over-title").focus(); // the button that had the focus is gone
  } catch {
    say("speak.overNotNow");
  } finally {
    part("delete").disabled = false;
  }
}

function say(key, values) {
  put(part("over-said"), key, values);
}

/** A moment as people write it down. */
function day(ms) {
  return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" }).format(ms);
}
