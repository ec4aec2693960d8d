// The sheet with the languages on offer, in their own names.

import { matches, nameIn, notes, ownName } from "../session/languages.js";
import { langOf, text } from "../texts/texts.js";

const MANY = 12;

export class LanguageSheet {
  #sheet;
  #list;
  #search;
  #none;
  #offered = [];
  #floor = "";
  #chosen = "";

  /** `onChoice` gets a language when one is pressed. */
  constructor(sheet, onChoice) {
    this.#sheet = sheet;
    this.#list = sheet.querySelector("ul");
    this.#search = sheet.querySelector("input");
    this.#none = sheet.querySelector("[role=status]");
    this.#search.addEventListener("input", () => this.#filter());
    this.#list.addEventListener("keydown", (event) => this.#move(event));
    this.#list.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      sheet.close();
      onChoice(button.dataset.language);
    });
  }

  /** What can be had, and what is chosen. */
  offer(offered, floor, chosen) {
    [this.#offered, this.#floor, this.#chosen] = [offered, floor, chosen];
    this.#search.parentElement.hidden = offered.length <= MANY;
    const held = this.#list.contains(document.activeElement) && document.activeElement.dataset.language;
    this.#list.replaceChildren(...offered.map((each) => this.#entry(each)));
    this.#filter();
    if (held) this.#list.querySelector(`[data-language="${held}"]`)?.focus();
  }

  open() {
    this.#search.value = "";
    this.#filter();
    this.#sheet.showModal();
    const chosen = this.#list.querySelector("[aria-current]");
    if (!this.#search.parentElement.hidden) this.#search.focus();
    else chosen?.focus();
    chosen?.scrollIntoView({ block: "nearest" });
  }

  #entry(offer) {
    const entry = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.language = offer.language;
    if (offer.language === this.#chosen) button.setAttribute("aria-current", "true");
    const name = document.createElement("span");
    name.textContent = ownName(offer.language);
    name.lang = langOf(offer.language);
    button.append(name, beside(offer, this.#floor));
    entry.append(button);
    return entry;
  }

  #filter() {
    const shown = [...this.#list.children].filter((entry) => {
      entry.hidden = !matches(this.#search.value, entry.firstChild.dataset.language, document.documentElement.lang);
      return !entry.hidden;
    });
    this.#none.textContent = shown.length ? "" : text("listen.noLanguage");
  }

  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...this.#list.querySelectorAll("li:not([hidden]) button")];
    buttons[buttons.indexOf(document.activeElement) + step]?.focus();
  }
}

/** The name in the reader's language, and what is special about this one. */
function beside(offer, floor) {
  const words = document.createElement("small");
  const name = nameIn(document.documentElement.lang, offer.language);
  const special = notes(offer, floor).map((each) => text(`listen.${each}`, { mb: offer.fetchMb }));
  const parts = [name === ownName(offer.language) ? "" : name, ...special];
  words.textContent = parts.filter(Boolean).join(" · ");
  return words;
}
