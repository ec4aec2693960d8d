// What the recogniser understood of the speaker's own words: the last few captions.

import { Captions } from "../session/captions.js";
import { text } from "../texts/texts.js";

const SHOWN = 30;

export class OwnCaptions {
  #captions = new Captions();
  #box;
  #none;

  constructor(box, none) {
    this.#box = box;
    this.#none = none;
  }

  take(caption) {
    if (!this.#captions.take(caption)) return;
    const lines = this.#captions.list().filter((each) => each.text || each.outcome !== "ok").slice(-SHOWN);
    const follow = this.#box.scrollHeight - this.#box.clientHeight - this.#box.scrollTop < 30;
    this.#box.replaceChildren(...lines.map(line));
    this.#none.hidden = lines.length > 0;
    if (follow) this.#box.scrollTop = this.#box.scrollHeight;
  }
}

function line(caption) {
  const hole = caption.outcome === "skipped" || caption.outcome === "failed";
  const shown = document.createElement("p");
  shown.textContent = hole ? text("speak.captionHole") : caption.text;
  shown.className = hole ? "hole" : caption.final ? "" : "partial";
  shown.dir = "auto";
  if (!hole) shown.lang = caption.language;
  return shown;
}
