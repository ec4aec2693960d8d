// What this tab and this browser remember. A session stays with its tab: its token lets anybody speak in it.

import { storage, tabStorage } from "../session/storage.js";

const SESSION = "dragoman.speaking";
const CHOICES = "dragoman.speak";

/** `{ code, token, joinUrl, title, pin }` of the session that this tab speaks in, or null. */
export function savedSession() {
  return read(tabStorage(), SESSION);
}

export function saveSession(session) {
  write(tabStorage(), SESSION, session);
}

export function forgetSession() {
  tabStorage().removeItem(SESSION);
}

/** `{ language, deviceId, suppress }` as they were chosen last. */
export function savedChoices() {
  return read(storage(), CHOICES) ?? {};
}

export function saveChoices(choices) {
  write(storage(), CHOICES, choices);
}

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null; // written by something else
  }
}

function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing, or is full: everything works but for the next visit
  }
}
