// The landing page: from a typed code to its page.

import { offerLanguages } from "../texts/chooser.js";
import { loadTexts, text } from "../texts/texts.js";
import { typedCode } from "./code.js";

const LONGEST_MS = 10_000;
const part = (id) => document.querySelector(`#${id}`);

/** Goes to the session's page, or says why not: nobody is sent to a page that can only say that it has nothing. */
async function join(event) {
  event.preventDefault();
  const code = typedCode(part("code").value);
  if (!code) return say("empty");
  part("go").disabled = true;
  say("looking", {}, false);
  try {
    const response = await fetch(`/api/sessions/${encodeURIComponent(code)}`, { signal: AbortSignal.timeout(LONGEST_MS) });
    const answer = await response.json();
    if (response.ok) location.assign(`/listen/${encodeURIComponent(answer.sessionId)}`);
    else refuse(response.status, code);
  } catch {
    say("unreachable");
  } finally {
    part("go").disabled = false;
  }
}

function refuse(status, code) {
  if (status === 429) say("busy");
  else if (status >= 500) say("unreachable");
  else if (status === 410) location.assign(`/listen/${encodeURIComponent(code)}`); // it says what is left of it
  else say("unknown", { code });
}

function say(name, values = {}, wrong = true) {
  part("said").textContent = text(`landing.${name}`, values);
  part("said").className = wrong ? "bad" : "soft";
  part("code").setAttribute("aria-invalid", String(wrong));
  if (wrong) part("code").focus();
}

async function open() {
  await loadTexts();
  offerLanguages(part("interface"));
  part("join").addEventListener("submit", join);
}

open();
