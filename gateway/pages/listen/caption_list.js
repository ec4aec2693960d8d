// The captions on the page, with the newest in view as long as the reader wants it.

import { Captions, folded, isHole } from "../session/captions.js";
import { text } from "../texts/texts.js";
import { Following } from "./following.js";

const HOLES = new Map([
  ["deadline", "holeDeadline"],
  ["no-audience", "holeNoAudience"],
  ["jump", "holeJump"],
  ["engine", "holeEngine"],
  ["at-capacity", "holeAtCapacity"],
  ["retention", "holeRetention"],
  ["missed", "holeMissed"],
]);

export class CaptionList {
  /** Language of what is said: of the originals. */
  floor = "";
  /** The language that is read is fetched just now: what is said until then is made when it is there. */
  preparing = false;
  #captions = new Captions();
  #following = new Following();
  #box;
  #newest;

  /** `box` scrolls and holds the captions; `newest` is the button that leads back to the end. */
  constructor(box, newest) {
    this.#box = box;
    this.#newest = newest;
    box.addEventListener("scroll", () => {
      this.#following.scrolled(box);
      this.#showNewest();
    });
    newest.addEventListener("click", () => {
      this.#following.resume();
      this.settle();
      box.focus({ preventScroll: true });
    });
    new ResizeObserver(() => this.settle()).observe(box);
  }

  get empty() {
    return this.#captions.list().length === 0;
  }

  take(caption, live) {
    this.#captions.held = !this.#following.on;
    if (this.#captions.take(caption, live)) this.#render(caption.revised);
  }

  /** Something between the last caption and the next one is lost. */
  missed() {
    this.#captions.missed();
    this.#render();
  }

  /** Says what is missing in the language in which the page is shown now. */
  retell() {
    this.#box.replaceChildren();
    this.#render();
  }

  clear() {
    this.#captions.clear();
    this.#following.resume();
    this.#render();
  }

  /** Another language is read from now on; what is there stays until that comes. */
  change() {
    this.#captions.change();
    this.#following.resume();
    this.#render();
  }

  /** The newest is in view again after the layout changed. */
  settle() {
    if (this.#following.on) this.#box.scrollTop = this.#box.scrollHeight;
    this.#following.settled(this.#box);
    this.#showNewest();
  }

  /** What comes `late` moves nothing that is read, and is not read out between what is said now. */
  #render(late = false) {
    this.#box.classList.toggle("old", this.#captions.old);
    const seen = !this.#following.on && this.#seen();
    const shown = new Map([...this.#box.children].map((line) => [Number(line.dataset.segment), line]));
    for (const caption of folded(this.#captions.list().filter(({ outcome }) => outcome !== "withdrawn"))) {
      const line = shown.get(caption.segment);
      shown.delete(caption.segment);
      if (line && revises(line, caption)) continue;
      line?.remove(); // a screen reader reads what is put in, not what is changed
      this.#insert(caption, late);
    }
    for (const line of shown.values()) line.remove();
    if (seen) this.#keep(seen);
    this.settle();
  }

  /** The first line in view, and where it stands. */
  #seen() {
    const { top } = this.#box.getBoundingClientRect();
    const line = [...this.#box.children].find((each) => each.getBoundingClientRect().bottom > top);
    return line && { segment: line.dataset.segment, top: line.getBoundingClientRect().top };
  }

  /** It stands there still, whatever was put in above it. */
  #keep({ segment, top }) {
    const line = [...this.#box.children].find((each) => each.dataset.segment === segment);
    if (line) this.#box.scrollTop += line.getBoundingClientRect().top - top;
  }

  #insert(caption, late) {
    const line = document.createElement("div");
    line.dataset.segment = caption.segment;
    line.dataset.language = caption.language ?? "";
    line.append(words(caption, this.preparing));
    if (late) line.ariaLive = "off";
    if (caption.final) line.dataset.revision = caption.revision;
    else line.ariaHidden = "true"; // it will be said otherwise in a moment
    line.className = isHole(caption) ? "hole" : caption.final ? "final" : "partial";
    const spoken = caption.sourceLanguage ?? this.floor;
    if (caption.sourceText && caption.language !== spoken) line.append(original(caption, spoken));
    const next = [...this.#box.children].find((each) => Number(each.dataset.segment) > caption.segment);
    this.#box.insertBefore(line, next ?? null);
  }

  #showNewest() {
    this.#newest.hidden = this.#following.on;
  }
}

/** Whether the line shows the caption already, or does so now as the next revision of a partial. */
function revises(line, caption) {
  if (line.dataset.language !== (caption.language ?? "")) return false;
  if (caption.final) return line.dataset.revision === String(caption.revision);
  if (line.className !== "partial") return false;
  if (line.firstChild.textContent !== caption.text) line.firstChild.textContent = caption.text;
  return true;
}

function words(caption, preparing) {
  const words = document.createElement("p");
  const hole = preparing && caption.reason === "no-audience" ? "prepared" : (HOLES.get(caption.reason) ?? "holeOther");
  words.textContent = isHole(caption) ? `[${text(`listen.${hole}`)}]` : caption.text;
  if (!isHole(caption)) words.lang = caption.language ?? "";
  words.dir = "auto";
  if (caption.late && caption.text) words.append(" ", mark(caption.corrected ? "listen.corrected" : "listen.late"));
  return words;
}

function mark(name) {
  const mark = document.createElement("small");
  mark.className = "late";
  mark.textContent = text(name);
  mark.lang = document.documentElement.lang;
  return mark;
}

function original(caption, floor) {
  const said = document.createElement("p");
  said.className = "original";
  said.textContent = caption.sourceText;
  said.lang = floor;
  said.dir = "auto";
  return said;
}
