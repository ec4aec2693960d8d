// The buttons with which the text is taken along: in the settings, and after the end.

import { ownName } from "../session/languages.js";
import { put, text } from "../texts/texts.js";
import { FORMATS, takeTranscript } from "./transcript.js";

/** Of those whom only people look for who know them; the others are named in the page's language. */
const NAMES = { vtt: "WebVTT", json: "JSON" };

export class Takers {
  #rows = document.querySelectorAll(".take");
  #choice = document.querySelector("#takeLanguage");
  #own;
  #session = null;

  /** `own`: `shown()` gives the language that is read, `headers()` a promise of what admits; `say` gets why not, `wrongPin` asks for it. */
  constructor(own) {
    this.#own = own;
    for (const row of this.#rows) {
      const formats = row.querySelector(".formats");
      formats.append(...FORMATS.map((format) => this.#button(format, row.contains(this.#choice))));
    }
  }

  /** The session as it is known now. */
  offer(session) {
    const languages = session.transcripts ?? [];
    for (const row of this.#rows) row.hidden = !languages.length;
    if (JSON.stringify(languages) !== JSON.stringify(this.#session?.transcripts ?? [])) this.#list(languages);
    this.#session = session;
  }

  #list(languages) {
    const options = languages.map((language) => Object.assign(new Option(ownName(language), language), { lang: language }));
    this.#choice.replaceChildren(...options);
    const shown = this.#own.shown();
    if (languages.includes(shown)) this.#choice.value = shown;
  }

  #button(format, chosen) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: NAMES[format] });
    button.dataset.format = format;
    if (!NAMES[format]) put(button, `listen.take-${format}`);
    button.addEventListener("click", () => this.#take(chosen ? this.#choice.value : this.#own.shown(), format));
    return button;
  }

  async #take(language, format) {
    try {
      await takeTranscript(this.#session.sessionId, language, format, await this.#own.headers());
    } catch (error) {
      if (error.code === "forbidden" && this.#session.listeners === "pin") this.#own.wrongPin();
      else this.#own.say(reasonOf(error));
    }
  }
}

/** Why there is no text, for the reader. */
function reasonOf(error) {
  if (error.seconds) return text("listen.takeBusy", { seconds: error.seconds });
  if (error.code === "language-unavailable") return text("listen.noTranscript");
  const known = text(`listen.error-${error.code}`);
  return error.code && error.code !== "unavailable" && known !== `listen.error-${error.code}` ? known : text("listen.notTaken");
}
