// Before the start: language, microphone and its check, title, who may listen.

import { ask } from "../session/ask.js";
import { put, text } from "../texts/texts.js";
import { showLanguages } from "./languages.js";
import { Voice } from "./level.js";
import { showLevel } from "./meter.js";
import { allowed, microphones } from "./microphone.js";
import { hideNotice, showMicrophoneError } from "./notice.js";
import { saveChoices, savedChoices } from "./remembered.js";

const part = (id) => document.querySelector(`#${id}`);
const HINTS = { silent: "speak.levelSilent", quiet: "speak.levelQuiet", good: "speak.levelGood", loud: "speak.levelLoud" };
const NOTHING_MS = 3000;
const SHORTEST_PIN = 4;
const PROCESSING = ["suppress", "desk"];
const PROBLEMS = {
  "at-capacity": "speak.problemCapacity",
  "language-unavailable": "speak.problemLanguage",
  "rate-limited": "speak.problemRate",
  unavailable: "speak.problemUnavailable",
  unauthorized: "speak.problemForbidden",
  forbidden: "speak.problemForbidden",
  4003: "speak.problemForbidden",
  4029: "speak.problemRate",
  1006: "speak.problemUnreachable",
};

export class Setup {
  #microphone;
  #languages = null; // resolves when it is known which there are, or that there are none
  #listening = null; // resolves when the microphone is on, or is not to be had
  #voice = new Voice();
  #nothing = 0; // the timer that runs out when no more frames come

  /** `start` is called whenever somebody presses it: `ready` waits for what is not there yet. */
  constructor(microphone, start) {
    this.#microphone = microphone;
    for (const id of PROCESSING) part(id).checked = Boolean(savedChoices()[id]);
    part("allow").addEventListener("click", () => this.listen());
    part("microphone").addEventListener("change", () => this.listen());
    for (const id of PROCESSING) part(id).addEventListener("change", () => microphone.on && this.listen());
    part("admission").addEventListener("change", showPin);
    navigator.mediaDevices.addEventListener("devicechange", () => microphone.on && this.#showMicrophones());
    part("setup").addEventListener("submit", (event) => {
      event.preventDefault();
      start();
    });
  }

  async show() {
    part("setup").hidden = false;
    this.#languages = showLanguages(); // nobody has to wait for them to try the microphone
    showAdmission();
    if (await allowed()) await this.#heard();
  }

  hide() {
    part("setup").hidden = true;
  }

  /** The members of createSession, as soon as languages and microphone are there; null if not, and the page says why. */
  async ready() {
    if (isPinShort()) return void askForPin();
    await this.#languages;
    if (!part("language").value) return void put(part("problem"), part("language-none").dataset.text);
    return (await this.#heard()) ? chosen() : null;
  }

  /** Opens the chosen microphone; resolves to false when there is none, and the page says why. */
  listen() {
    const listening = this.#open().finally(() => this.#listening === listening && (this.#listening = null));
    return (this.#listening = listening);
  }

  /** The microphone is on to its last part: what is said before is heard by nobody. */
  async #heard() {
    if (!this.#microphone.on) this.#listening ??= this.listen();
    let on = true;
    while (this.#listening) on = await this.#listening; // another one may be chosen meanwhile
    return on;
  }

  async #open() {
    const saved = savedChoices();
    const wanted = { deviceId: part("microphone").value || saved.deviceId, suppress: part("suppress").checked, desk: part("desk").checked };
    try {
      await this.#microphone.open(wanted);
    } catch (error) {
      showMicrophoneError(error, async () => (await this.listen()) && part("microphone").focus());
      return false;
    }
    hideNotice();
    part("asking").hidden = true;
    part("checking").hidden = false;
    await this.#showMicrophones();
    saveChoices({ ...saved, ...wanted });
    return true;
  }

  /** The check before the start: the bar and what it says. */
  take(pcm) {
    showLevel(part("check"), pcm);
    hint(this.#voice.take(pcm));
    clearTimeout(this.#nothing);
    this.#nothing = setTimeout(() => this.#stopped(), NOTHING_MS);
  }

  /** The two channels of a mixing desk cancel each other out. */
  cancelled(yes) {
    put(part("check-channels"), yes ? "speak.warnCancelled" : "");
  }

  /** A device that gives no sound at all is as silent as one that gives silence. */
  #stopped() {
    this.#voice = new Voice();
    showLevel(part("check"), new Int16Array(1));
    hint("silent");
  }

  /** What is asked for is under way: nothing can be pressed twice. */
  busy(yes) {
    part("start").disabled = yes;
    put(part("start"), yes ? "speak.starting" : "speak.start");
    if (yes) put(part("problem"), "");
  }

  /** Says why it did not begin: an error's code or a close code. */
  problem({ code, message }) {
    put(part("problem"), PROBLEMS[code] ?? "speak.problemOther", { message: message ?? code });
  }

  async #showMicrophones() {
    const found = await microphones();
    const options = found.map(({ deviceId, label }, n) => new Option(label || text("speak.microphoneNumber", { number: n + 1 }), deviceId));
    part("microphone").replaceChildren(...options);
    part("microphone").value = this.#microphone.deviceId ?? found[0]?.deviceId ?? "";
  }
}

function hint(judged) {
  put(part("check-hint"), HINTS[judged]);
}

function chosen() {
  const language = part("language").value;
  saveChoices({ ...savedChoices(), language });
  const listeners = part("admission").value;
  const pin = listeners === "pin" ? { pin: part("pin").value.trim() } : {};
  return { sourceLanguage: language, title: part("subject").value.trim(), listeners, ...pin };
}

function showPin() {
  part("pin-field").hidden = part("admission").value !== "pin";
}

/** What is too short to be no guess. */
function isPinShort() {
  return part("admission").value === "pin" && part("pin").value.trim().length < SHORTEST_PIN;
}

/** The field may be folded away. */
function askForPin() {
  put(part("problem"), "speak.pinShort");
  part("more").open = true;
  part("pin").focus();
}

/** Where nobody signs in nobody can be asked to. */
async function showAdmission() {
  const access = await ask("/api/access").then((answer) => answer.json()).catch(() => ({}));
  if (access.mode === "open") part("admission").querySelector("[value=signed-in]")?.remove();
}
