// The speaker's desk while a session runs: its state, the controls, warnings, listeners.

import { AUTO, nameIn, ownName } from "../session/languages.js";
import { openDialog } from "../session/sheet.js";
import { langOf, put, text } from "../texts/texts.js";
import { ways } from "./audience.js";
import { decibels } from "./level.js";
import { showLevel } from "./meter.js";
import { OwnCaptions } from "./own_captions.js";
import { captionLag, duration } from "./time.js";
import { Warnings } from "./warnings.js";

const part = (id) => document.querySelector(`#${id}`);

const AUDIBLE_DB = -50;
const LATE_S = 5;
const SAFE_S = 2; // less is always under way

export class Desk {
  #captions = new OwnCaptions(part("captions"), part("captions-none"), (segment) => this.#talk.withdraw(segment));
  #talk;
  #asked = ""; // the language that was just chosen, until the gateway has it
  #listening = { listeners: 0, byLanguage: {}, wished: {} };
  #lag = null;

  warnings = new Warnings();

  /** Buttons act on `talk`. */
  constructor(talk) {
    this.#talk = talk;
    part("mute").addEventListener("click", () => talk.mute(!talk.muted).catch(() => {})); // said by the state
    part("pause").addEventListener("click", () => talk.pause(!talk.paused).catch(() => {}));
    part("hide").addEventListener("click", () => talk.hide(!talk.wantsHidden));
    part("spoken").addEventListener("change", ({ target }) => this.#speak(target.value));
    part("end").addEventListener("click", () => openDialog(part("ask-end")));
    part("ask-end").addEventListener("close", () => part("ask-end").returnValue === "end" && talk.end().catch(() => {}));
    this.#audience(this.#listening);
  }

  show(title) {
    part("live-title").textContent = title;
    part("live").hidden = false;
    this.render();
    window.scrollTo(0, 0);
    part("live-title").focus({ preventScroll: true }); // on a button a stray press of the space bar would do something
  }

  hide() {
    part("live").hidden = true;
    document.title = "Dragoman";
    if (part("ask-end").open) part("ask-end").close();
  }

  /** Says all in the language in which the page is shown now. */
  retell() {
    this.#audience(this.#listening);
    this.#showLag();
    this.#captions.retell();
    this.render();
  }

  /** Takes a message of the gateway. */
  take(message) {
    if (message.type === "caption") this.#captions.take(message);
    else if (message.type === "captionWithdrawn") this.#captions.withdrawn(message.segment);
    else if (message.type === "listenersChanged") this.#audience(message);
    else if (message.type === "warning") this.warnings.take(message.code, message);
    else if (message.type === "error") this.warnings.take(message.code, { message: message.requestId ? message.message : "" });
    else if (message.type === "sessionStatus") this.#status(message);
    this.render();
  }

  /** What the microphone gives; in mute the bar rests. */
  level(pcm) {
    showLevel(part("level"), pcm, this.#talk.muted || this.#talk.paused);
    if (decibels(pcm) > AUDIBLE_DB) this.warnings.clear("silence"); // whoever reads it and does something sees that it helps
  }

  /** Shows how things stand; also called every second. */
  render() {
    const { paused, muted, ending, seconds, lostSeconds, unsafeSeconds } = this.#talk;
    const state = shown(this.#talk);
    if (unsafeSeconds < SAFE_S) this.warnings.clear("not-kept");
    part("state").dataset.state = state.toLowerCase();
    write(part("state-name"), text(`speak.state${state}`));
    write(part("state-means"), text(`speak.means${this.#meaning(state)}`, { seconds: Math.floor(unsafeSeconds / 10) * 10 }));
    write(part("time"), duration(seconds));
    document.title = `${text(`speak.state${state}`)} – ${part("live-title").textContent}`; // seen on its tab among others
    write(part("mute"), text(muted ? "speak.unmute" : "speak.mute"));
    write(part("pause"), text(paused ? "speak.unpause" : "speak.pause"));
    for (const id of ["mute", "pause", "end"]) part(id).disabled = ending;
    put(part("hide"), this.#talk.wantsHidden ? "speak.show" : "speak.hide");
    put(part("hidden"), this.#talk.hidden ? "speak.hidden" : "");
    this.warnings.lost(lostSeconds);
    this.#showWarnings();
    this.#showSpoken(this.#talk.spoken);
  }

  /** What is spoken now; while somebody chooses, nothing is chosen for them. */
  #showSpoken({ language, detected }) {
    part("spoken-field").hidden = !language || !hasOption(language);
    if (document.activeElement !== part("spoken")) part("spoken").value = this.#asked || language;
    const name = nameIn(document.documentElement.lang, language);
    write(part("spoken-means"), language === AUTO ? text("speak.detecting") : detected ? text("speak.detected", { language: name }) : "");
  }

  #speak(language) {
    this.#asked = language;
    part("spoken").blur();
    this.warnings.clear("other-language");
    const refused = ({ code, message }) => this.warnings.take(code, { message });
    this.#talk.changeLanguage(language).catch(refused).then(() => this.#answered(language));
    this.render();
  }

  #answered(language) {
    if (this.#asked === language) this.#asked = "";
    this.render();
  }

  /** While the connection is lost, whoever is paused or muted is not asked to go on speaking. */
  #meaning(state) {
    if (state === "Live") return this.warnings.has("not-kept") ? "Unkept" : "Live";
    if (state !== "Lost") return state;
    return this.#talk.paused ? "Paused" : this.#talk.muted ? "Muted" : "Lost";
  }

  #showWarnings() {
    const list = this.warnings.list().map(({ code, key, values, message, language }) => {
      const name = language && nameIn(document.documentElement.lang, language);
      return { code, name, language, said: key ? text(key, { ...values, language: name }) : message };
    });
    const now = [...part("warnings").children].map((each) => each.firstChild.textContent);
    if (now.join("\n") === list.map(({ said }) => said).join("\n")) return; // nothing new for a screen reader
    part("warnings").replaceChildren(
      ...list.map(({ code, said, name, language }) => {
        const item = document.createElement("li");
        item.append(said);
        item.dataset.code = code;
        if (language && hasOption(language)) item.append(" ", this.#change(language, name));
        return item;
      }),
    );
  }

  /** The button that makes the warning needless. */
  #change(language, name) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text("speak.warnOtherChange", { language: name }) });
    button.addEventListener("click", () => this.#speak(language));
    return button;
  }

  #audience({ listeners, byLanguage, wished = {} }) {
    this.#listening = { listeners, byLanguage, wished };
    write(part("audience-count"), listeners ? text("speak.audienceCount", { count: listeners }) : text("speak.audienceNone"));
    const items = Object.entries(byLanguage).sort(([, a], [, b]) => b.captions + b.audio - a.captions - a.audio);
    part("audience").replaceChildren(...items.map(([language, how]) => audienceLine(language, how)));
    const names = Object.entries(wished).map(([language, count]) => text("speak.wishedOne", { language: ownName(language), count }));
    write(part("wished"), names.length ? text("speak.wished", { languages: names.join(", ") }) : "");
  }

  #status(status) {
    this.#audience(status);
    this.#lag = captionLag(status.lagMs);
    this.#showLag();
  }

  #showLag() {
    const lag = this.#lag;
    write(part("lag"), lag === null ? "" : text("speak.lag", { seconds: Math.round(lag) }));
    part("lag").dataset.late = lag > LATE_S;
  }
}

/** It can be chosen. */
function hasOption(language) {
  return [...part("spoken").options].some((option) => option.value === language);
}

/** The name of the state as the texts have it. */
function shown(talk) {
  const { line, paused, muted, ending } = talk;
  if (line === "lost" || (line === "open" && !talk.answers(!navigator.onLine))) return "Lost";
  if (ending) return "Ending";
  if (line === "connecting") return "Connecting";
  return paused ? "Paused" : muted ? "Muted" : "Live";
}

function audienceLine(tag, how) {
  const language = tag === "und" ? AUTO : tag; // who listens to whatever is spoken, while nobody knows what that is
  const item = document.createElement("li");
  const name = Object.assign(document.createElement("strong"), { textContent: ownName(language), lang: langOf(language) });
  const count = Object.assign(document.createElement("span"), { className: "soft", textContent: people(how) });
  item.append(name, " ", count);
  return item;
}

/** Each of them once, by what they do. */
function people(how) {
  return ways(how).map(([way, count]) => text(`speak.audience-${way}`, { count })).join(", ");
}

/** Writes what is new only: a screen reader reads every change. */
function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
