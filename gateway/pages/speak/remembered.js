// What this browser remembers: the choices, and the session that it speaks in, which a closed tab must not lose.

import { storage } from "../session/storage.js";

const SESSION = "dragoman.speaking";
const CHOICES = "dragoman.speak";

/**
 * `{ code, token, moderatorToken, joinUrl, title, pin }` of the session that was spoken in last, or null. `before`: the one
 * in whose place a private link stands, until it turns out to work.
 */
export function savedSession(kept = storage()) {
  return read(kept, SESSION);
}

export function saveSession(session, kept = storage()) {
  write(kept, SESSION, session);
}

/** Takes the session of a private link. Anybody can send one: until it works, nothing is lost by it. */
export function moveSession(moved, kept = storage()) {
  const before = savedSession(kept);
  if (moved.token !== before?.token) saveSession({ ...moved, before }, kept);
}

/** Forgets a session, unless another tab has begun one since; the one before it is there again. */
export function forgetSession(code, kept = storage()) {
  const saved = savedSession(kept);
  if (saved?.code === code) write(kept, SESSION, saved.before ?? null);
}

/** The session to go on in and, as `known`, what `look` says of it, null without an answer; those that are over are forgotten. */
export async function lastSession(look, kept = storage()) {
  let saved;
  while ((saved = savedSession(kept))) {
    const known = await look(saved.code).catch(() => null); // a server that is away now may know it in a while
    if (!known || (known.found && known.answer.state !== "ended")) return { ...saved, known: known?.answer ?? null };
    forgetSession(saved.code, kept);
  }
  return null;
}

/** `{ language, deviceId, suppress }` as they were chosen last. */
export function savedChoices() {
  return read(storage(), CHOICES) ?? {};
}

export function saveChoices(choices) {
  write(storage(), CHOICES, choices);
}

function read(kept, key) {
  try {
    return JSON.parse(kept.getItem(key));
  } catch {
    return null; // written by something else
  }
}

function write(kept, key, value) {
  kept.setItem(key, JSON.stringify(value));
}
