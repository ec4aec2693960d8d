// What stands in the way of the microphone, and what to do about it.

import { put } from "../texts/texts.js";

const part = (id) => document.querySelector(`#${id}`);

const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NetworkError: "unreachable",
};

/** Shows why there is no microphone, from the error of Microphone.open; `again` is called by the button. */
export function showMicrophoneError(error, again) {
  show(REASONS[error.name] ?? "occupied", again);
}

/** The page came by plain HTTP. */
export function showInsecure() {
  const local = new URL(`http://localhost:${location.port || 80}/speak`).href;
  Object.assign(part("local"), { href: local, textContent: local });
  part("command").textContent = `arecord -q -f S16_LE -r 16000 -c 1 -t raw | .venv/bin/dragoman speak - --url ${location.origin}`;
  part("insecure").hidden = false;
  show("insecure", null);
}

export function hideNotice() {
  part("notice").hidden = true;
}

function show(reason, again) {
  put(part("notice-title"), `speak.${reason}`);
  put(part("notice-text"), `speak.${reason}Help`);
  part("retry").hidden = !again;
  part("retry").onclick = again;
  part("notice").hidden = false;
  part("notice-title").focus(); // on a phone it is out of view, and the button that was pressed has lost the focus
}
