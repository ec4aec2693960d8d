// A phone whose language is not offered: it is told so, and may wish for it.

import { AUTO, missing, ownName } from "../session/languages.js";
import { put } from "../texts/texts.js";

export class Wishes {
  /** What is wished for, a tag; empty: nothing. */
  made = "";
  #rows;
  #wanted;
  #missing = "";
  #changed;

  /** `rows` hold a sentence and a button each; `wanted` are the languages of the device. `changed` is called with what is wished for, and the text that says so. */
  constructor(rows, wanted, changed) {
    [this.#rows, this.#wanted, this.#changed] = [rows, wanted, changed];
    for (const row of rows) row.querySelector("button").addEventListener("click", () => this.#turn());
  }

  /** What can be had now. What is spoken may not be known yet: then nobody can say what is missing. */
  offer(offered, floor) {
    if (floor === AUTO) return;
    this.#missing = missing(this.#wanted, offered);
    const fulfilled = this.made && this.made !== this.#missing ? this.made : "";
    if (fulfilled) this.made = "";
    this.#show();
    if (fulfilled) this.#changed("", "listen.wishFulfilled", fulfilled);
  }

  #turn() {
    this.made = this.made ? "" : this.#missing;
    this.#show();
    this.#changed(this.made, this.made ? "listen.wished" : "listen.wishGone", this.#missing);
  }

  #show() {
    const language = ownName(this.#missing);
    for (const row of this.#rows) {
      row.hidden = !this.#missing;
      put(row.querySelector("span"), this.made ? "listen.wished" : "listen.notOffered", { language });
      put(row.querySelector("button"), this.made ? "listen.unwish" : "listen.wish", { language });
    }
  }
}
