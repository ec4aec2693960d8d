// The captions as a moderator sees them: the newest first, each with what can be done to it.

import { Captions, isHole } from "../session/captions.js";
import { text } from "../texts/texts.js";

const SHOWN = 200;

export class ModeratedCaptions {
  #captions = new Captions();
  #list;
  #none;
  #act;
  #lines = new Map();
  #writing = null; // the segment that is being corrected: its line stays as it is

  /** `act(action, members)` asks for `withdraw` or `correct`. */
  constructor(list, none, act) {
    this.#list = list;
    this.#none = none;
    this.#act = act;
  }

  take(caption) {
    if (this.#captions.take(caption)) this.show();
  }

  clear() {
    this.#captions.clear();
    this.#writing = null;
    this.show();
  }

  show() {
    const shown = this.#captions.list().filter(({ final, text: words, outcome }) => final && (words || outcome !== "ok")).slice(-SHOWN);
    const before = this.#lines;
    this.#lines = new Map(shown.reverse().map((caption) => [keyOf(caption), this.#kept(before, caption) ?? this.#shown(caption)]));
    const focused = document.activeElement;
    this.#list.replaceChildren(...this.#lines.values());
    if (this.#list.contains(focused)) focused.focus(); // moving an element takes the focus from it
    this.#none.hidden = shown.length > 0;
  }

  /** Says it in the language in which the page is shown now. */
  retell() {
    this.#lines.clear();
    this.show();
  }

  /** A line stays as long as it says the same; the one that is being written, whatever else was said of it. */
  #kept(before, caption) {
    if (caption.segment !== this.#writing) return before.get(keyOf(caption));
    return [...before.values()].find((line) => line.dataset.segment === String(caption.segment));
  }

  #shown(caption) {
    const line = document.createElement("li");
    line.dataset.segment = caption.segment;
    const words = Object.assign(document.createElement("p"), { dir: "auto", lang: caption.language ?? "" });
    words.textContent = caption.text || `[${text(caption.outcome === "withdrawn" ? "moderate.withdrawn" : "listen.holeOther")}]`;
    line.append(words);
    if (!caption.text || isHole(caption)) {
      words.className = "withdrawn";
      words.lang = document.documentElement.lang;
      return line;
    }
    line.append(this.#withdraw(caption), button("moderate.correct", () => this.#write(line, caption)));
    return line;
  }

  /** What cannot be undone needs a second press. */
  #withdraw({ segment }) {
    const pressed = button("moderate.withdraw", () => {
      if (pressed.dataset.sure) return this.#act("withdraw", { segment });
      pressed.dataset.sure = "yes";
      pressed.textContent = text("moderate.sure");
    });
    pressed.className = "ending";
    return pressed;
  }

  #write(line, { segment, language, text: words }) {
    this.#writing = segment;
    const field = Object.assign(document.createElement("textarea"), { value: words, lang: language, ariaLabel: text("moderate.correct") });
    const done = (then) => () => {
      this.#writing = null;
      then();
      this.retell();
    };
    const save = button("moderate.save", done(() => this.#act("correct", { segment, language, text: field.value })));
    line.replaceChildren(field, save, button("moderate.cancel", done(() => {})));
    field.focus();
  }
}

function keyOf({ segment, revision }) {
  return `${segment} ${revision}`;
}

function button(key, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text(key) });
  made.addEventListener("click", act);
  return made;
}
