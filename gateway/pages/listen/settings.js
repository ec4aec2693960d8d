// The sheet with the settings.

import { ownName } from "../session/languages.js";
import { langOf, text } from "../texts/texts.js";

export class Settings {
  #sheet;
  #form;
  #preferences;
  #onChange;

  /** `onChange` gets the names of the preferences that changed; they are kept already. */
  constructor(sheet, preferences, onChange) {
    this.#sheet = sheet;
    this.#form = sheet.querySelector("form");
    this.#preferences = preferences;
    this.#onChange = onChange;
    this.#form.addEventListener("input", ({ target }) => this.#take(target));
    for (const [id, step] of [["bigger", 1], ["smaller", -1]]) {
      sheet.querySelector(`#${id}`).addEventListener("click", () => {
        preferences.resize(step);
        onChange(["size"]);
      });
    }
  }

  /** The languages that can be read. */
  offer(languages) {
    const same = new Option(text("listen.readsSame"), "");
    const others = languages.map(({ language }) => {
      const option = new Option(ownName(language), language);
      option.lang = langOf(language);
      return option;
    });
    this.#form.elements.reads.replaceChildren(same, ...others);
    this.#show();
  }

  open() {
    this.#show();
    this.#sheet.showModal();
  }

  #show() {
    for (const name of ["shows", "mode", "reads", "colours", "volume", "voice"]) this.#form.elements[name].value = this.#preferences[name];
    for (const name of ["original", "catchUp"]) this.#form.elements[name].checked = this.#preferences[name];
    if (this.#form.elements.reads.selectedIndex < 0) this.#form.elements.reads.value = "";
  }

  #take({ name, type, value, checked }) {
    if (!name) return; // the page's own language is no preference of this session
    const chosen = type === "checkbox" ? checked : type === "range" ? Number(value) : value;
    this.#preferences.set({ [name]: chosen });
    this.#onChange([name]);
  }
}
