// What this tab and this browser remember. A session stays with its tab: its token lets anybody speak in it.

const SESSION = "dragoman.speaking";
const CHOICES = "dragoman.speak";

/** `{ code, token, joinUrl, title, pin }` of the session that this tab speaks in, or null. */
export function savedSession() {
  return read(sessionStorage, SESSION);
}

export function saveSession(session) {
  write(sessionStorage, SESSION, session);
}

export function forgetSession() {
  sessionStorage.removeItem(SESSION);
}

/** `{ language, deviceId, suppress }` as they were chosen last. */
export function savedChoices() {
  return read(localStorage, CHOICES) ?? {};
}

export function saveChoices(choices) {
  write(localStorage, CHOICES, choices);
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
