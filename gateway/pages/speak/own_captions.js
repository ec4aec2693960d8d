// What the recogniser understood of the speaker's own words: the last few captions.

import { Captions, isHole } from "../session/captions.js";
import { text } from "../texts/texts.js";

const SHOWN = 30;

export class OwnCaptions {
  #captions = new Captions();
  #box;
  #none;
  #withdraw;
  #lines = new Map(); // those that are there stay: one may be about to be pressed

  /** `withdraw` gets the segment of a caption that shall go. */
  constructor(box, none, withdraw) {
    this.#withdraw = withdraw;
    this.#box = box;
    this.#none = none;
  }

  take(caption) {
    if (this.#captions.take(caption)) this.show();
  }

  /** It is taken back: of the speaker's own captions no revisions come. */
  withdrawn(segment) {
    this.take({ segment, final: true, revision: Infinity, text: "", outcome: "withdrawn" });
  }

  show() {
    const lines = this.#captions.list().filter((each) => each.text || isHole(each)).slice(-SHOWN);
    const follow = this.#box.scrollHeight - this.#box.clientHeight - this.#box.scrollTop < 30;
    const before = this.#lines;
    this.#lines = new Map(lines.map((caption) => [keyOf(caption), before.get(keyOf(caption)) ?? this.#line(caption)]));
    const shown = [...this.#lines.values()];
    if (shown.some((each, n) => each !== this.#box.children[n]) || shown.length !== this.#box.children.length) this.#box.replaceChildren(...shown);
    this.#none.hidden = lines.length > 0;
    if (follow) this.#box.scrollTop = this.#box.scrollHeight;
  }

  /** Says it in the language in which the page is shown now. */
  retell() {
    this.#lines.clear();
    this.show();
  }

  #line(caption) {
    const shown = document.createElement("div");
    shown.append(line(caption));
    if (caption.final && caption.text) shown.append(this.#button(caption.segment));
    return shown;
  }

  /** What cannot be undone needs a second press. */
  #button(segment) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "withdraw", textContent: "✕" });
    for (const name of ["ariaLabel", "title"]) button[name] = text("speak.withdraw");
    button.addEventListener("click", () => {
      if (button.dataset.sure) return this.#withdraw(segment);
      button.dataset.sure = "yes";
      button.textContent = button.ariaLabel = text("speak.withdrawSure");
    });
    return button;
  }
}

/** The same line as long as this is the same. */
function keyOf({ segment, final, revision }) {
  return `${segment} ${final} ${revision}`;
}

function line(caption) {
  const hole = isHole(caption);
  const shown = document.createElement("p");
  shown.textContent = hole ? text("speak.captionHole") : caption.text;
  shown.className = hole ? "hole" : caption.final ? "" : "partial";
  shown.dir = "auto";
  if (!hole) shown.lang = caption.language;
  return shown;
}
