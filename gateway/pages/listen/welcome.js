// What stands before the captions: who may come in, and what a tap brings.

import { put, text } from "../texts/texts.js";
import { needsElement } from "./output.js";
import { promises } from "./promise.js";
import { headersFor } from "./transcript.js";

const part = (id) => document.querySelector(`#${id}`);

export class Welcome {
  #connection;
  #view;
  #access = null;
  #over = false;
  #speech = true;
  #elsewhere = false;

  /** `view` shows a view of the page; `onEnter` is called from the tap. */
  constructor(connection, view, onEnter) {
    this.#connection = connection;
    this.#view = view;
    part("welcome").addEventListener("submit", (event) => {
      event.preventDefault();
      onEnter();
    });
  }

  get pin() {
    return part("pin").value.trim();
  }

  /** Another tab of this browser listens already: whoever taps here takes the session from it. */
  set elsewhere(elsewhere) {
    this.#elsewhere = elsewhere;
    put(part("elsewhere"), elsewhere ? "listen.elsewhere" : "");
    this.#name();
  }

  /** While a join is under way the form does nothing. */
  set locked(locked) {
    part("listen").disabled = locked;
  }

  /** Asks who is there, where the session wants to know. */
  async admit({ listeners }) {
    if (listeners !== "signed-in") return;
    this.#access = await import("../access/access.js");
    this.#view("admission");
    await this.#access.admitted(part("admission"), "listener");
    this.#connection.ticket = this.#access.ticket;
  }

  /** Invites to the session, or to what an ended one still keeps. */
  async show(session) {
    await this.admit(session);
    this.#view("welcome");
    const over = session.state === "ended";
    this.#over = over;
    this.#name();
    for (const id of ["promise", "invitation"]) part(id).hidden = over;
    part("pinAsked").hidden = session.listeners !== "pin";
    part("pin").required = session.listeners === "pin";
  }

  /** What the button does. */
  #name() {
    const name = this.#over ? "readHistory" : this.#elsewhere ? "listenHere" : this.#speech ? "listen" : "readAlong";
    put(part("listen"), `listen.${name}`);
  }

  promise({ listeners }, speech) {
    this.#speech = speech;
    this.#name();
    const names = promises(listeners, speech, "wakeLock" in navigator);
    if (speech && needsElement()) names.push("promiseMute");
    part("promise").textContent = names.map((name) => text(`listen.${name}`)).join(" ");
  }

  wrongPin() {
    put(part("pinWrong"), "listen.pinWrong");
    part("pin").select();
  }

  /** What admits to the text of the session. */
  async headers() {
    return headersFor(this.pin, await this.#access?.credential());
  }
}
