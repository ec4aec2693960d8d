// The captions on the page, with the newest in view as long as the reader wants it.

import { Captions } from "../session/captions.js";
import { Following } from "./following.js";

const HOLES = { deadline: "too late", "no-audience": "nobody listened", jump: "skipped to catch up", engine: "it failed", "at-capacity": "not heard", missed: "something was missed here" };

export class CaptionList {
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
      this.#settle();
      box.focus({ preventScroll: true });
    });
    new ResizeObserver(() => this.#settle()).observe(box);
  }

  take(caption) {
    if (this.#captions.take(caption)) this.#render();
  }

  /** Something between the last caption and the next one is lost. */
  missed() {
    this.#captions.missed();
    this.#render();
  }

  clear() {
    this.#captions.clear();
    this.#following.resume();
    this.#render();
  }

  /** Changes only what changed: a screen reader reads what is new. */
  #render() {
    const shown = new Map([...this.#box.children].map((line) => [Number(line.dataset.segment), line]));
    for (const caption of this.#captions.list()) {
      const line = shown.get(caption.segment) ?? this.#newLine(caption.segment);
      shown.delete(caption.segment);
      write(line, caption);
    }
    for (const line of shown.values()) line.remove();
    this.#settle();
  }

  #newLine(segment) {
    const line = document.createElement("p");
    line.dataset.segment = segment;
    const next = [...this.#box.children].find((each) => Number(each.dataset.segment) > segment);
    this.#box.insertBefore(line, next ?? null);
    return line;
  }

  #settle() {
    if (this.#following.on) this.#box.scrollTop = this.#box.scrollHeight;
    this.#following.settled(this.#box);
    this.#showNewest();
  }

  #showNewest() {
    this.#newest.hidden = this.#following.on;
  }
}

function write(line, caption) {
  const hole = caption.outcome === "skipped" || caption.outcome === "failed";
  const text = hole ? `[${HOLES[caption.reason] ?? "missing"}]` : caption.text;
  if (line.textContent !== text) line.textContent = text;
  line.className = hole ? "hole" : caption.final ? "" : "partial";
  line.lang = caption.language ?? "";
  line.dir = "auto";
}
