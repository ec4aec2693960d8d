// What this browser remembers: the choices, and the session that it speaks in, which a closed tab must not lose.

import { storage } from "../session/storage.js";

const SESSION = "dragoman.speaking";
const CHOICES = "dragoman.speak";

/** `{ code, token, moderatorToken, joinUrl, title, pin }` of the session that was spoken in last, or null. */
export function savedSession(kept = storage()) {
  return read(kept, SESSION);
}

export function saveSession(session, kept = storage()) {
  write(kept, SESSION, session);
}

/** Forgets a session, unless another tab has begun one since. */
export function forgetSession(code, kept = storage()) {
  if (savedSession(kept)?.code === code) write(kept, SESSION, null);
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
