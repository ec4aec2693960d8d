// The bar below the captions, the keys, and what they do.

import { delayS } from "../session/clock.js";
import { ownName } from "../session/languages.js";
import { langOf, text } from "../texts/texts.js";
import { Behind } from "./behind.js";
import { Delay } from "./delay.js";
import { showPlaying } from "./media_session.js";
import { SIZES_REM } from "./preferences.js";
import { SHORTCUTS, commandOf } from "./shortcuts.js";

const part = (id) => document.querySelector(`#${id}`);

export class Controls {
  /** There is something to hear in the chosen language. */
  hears = false;
  #own;
  #delay = new Delay();
  #behind = new Behind();
  #droppedS = 0;
  #commands = {
    pause: () => this.hears && (this.#own.player.paused ? this.#goOn() : this.#pause()),
    live: () => this.hears && this.#live(),
    sound: () => this.hears && this.#sound(),
    bigger: () => this.#resize(1),
    smaller: () => this.#resize(-1),
    help: () => part("help").open || part("help").showModal(),
  };

  /** `own`: the parts of the page that are controlled. */
  constructor(own) {
    this.#own = own;
    for (const name of ["pause", "live", "sound"]) part(name).addEventListener("click", this.#commands[name]);
    part("language").addEventListener("click", () => own.languages.open());
    part("pick").addEventListener("click", () => own.languages.open());
    part("openSettings").addEventListener("click", () => own.settings.open());
    part("openHelp").addEventListener("click", () => {
      part("settings").close();
      this.#commands.help();
    });
    part("keys").addEventListener("change", ({ target }) => own.preferences.set({ keys: target.checked }));
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerup", () => own.player.revive());
  }

  /** The session's languages or the chosen one changed. */
  show(session, language) {
    const { player, preferences, ways } = this.#own;
    const offer = session?.languages.find((each) => each.language === language);
    this.hears = Boolean(offer?.speech) && language !== session.sourceLanguage && preferences.shows !== "captions" && !ways.hindered;
    label("language", "language", language && ownName(language));
    label("pause", player.paused ? "play" : "pause", text(player.paused ? "listen.resume" : "listen.pause"));
    label("sound", player.muted ? "silent" : "sound", text(player.muted ? "listen.soundOn" : "listen.soundOff"));
    for (const id of ["pause", "sound"]) part(id).hidden = !this.hears;
    for (const id of ["volumeRow", "catchUpRow"]) part(id).hidden = !this.hears;
    part("voiceRow").hidden = !this.hears || !offer.voices?.length;
    part("language").querySelector("span").lang = langOf(language);
  }

  /** Size, colours, volume and the rest as preferred. */
  appear() {
    const { player, preferences, ways } = this.#own;
    part("captions").style.fontSize = `${SIZES_REM[preferences.size]}rem`;
    for (const name of ["colours", "original", "shows"]) document.body.dataset[name] = preferences[name];
    if (ways.hindered) document.body.dataset.shows = "captions";
    part("smaller").disabled = preferences.size === 0;
    part("bigger").disabled = preferences.size === SIZES_REM.length - 1;
    part("keys").checked = preferences.keys;
    player.volume = preferences.volume;
    player.catchUp = preferences.catchUp;
    if (!part("help").querySelector("dt")) this.#list();
  }

  /** Says all in the language in which the page is shown now. */
  retell(session, language) {
    part("help").querySelector("dl").replaceChildren();
    this.appear();
    this.show(session, language);
  }

  /** A caption came that is no history. */
  read(caption) {
    const now = Date.now();
    this.#delay.read(caption, delayS(caption.spokenAt, this.#own.connection.clock.at(now)), now);
  }

  /** Another language is read or heard. */
  anew() {
    this.#delay.clear();
  }

  /** How late the newest came, and what there is to press. */
  tick() {
    const { player, connection, status, preferences } = this.#own;
    const { spokenAt, endsInS, waitingS, faster } = player.status();
    const now = Date.now();
    if (spokenAt === null) this.#delay.quiet();
    else this.#delay.heard(delayS(spokenAt, connection.clock.at(now) + endsInS * 1000), now);
    const live = document.body.dataset.view === "live";
    status.pausedHere(live && this.hears && player.paused);
    if (!live || !status.live || preferences.shows === "speech") this.#delay.expectsNothing(now);
    status.delay(live && status.live ? this.#delay.seconds(now) : null, this.#delay.withoutS(now, preferences.mode), faster);
    part("live").hidden = !(this.#behind.offered(player.paused, waitingS) && live && this.hears);
    this.#offer(live, waitingS);
  }

  /** The bar is there in a session, and after its end as long as there is something to hear. */
  #offer(live, waitingS) {
    part("bar").hidden = !live && !(document.body.dataset.view === "ended" && this.hears && waitingS > 0);
    part("language").hidden = !live;
  }

  /** The device had taken the sound away: so many seconds are not heard. */
  caughtUp(seconds) {
    this.#own.status.notice(text("listen.dropped", { count: Math.round(seconds) }));
  }

  /** What the buttons of a locked phone do. */
  get media() {
    const { player } = this.#own;
    return { pause: () => this.hears && !player.paused && this.#pause(), resume: () => this.hears && player.paused && this.#goOn() };
  }

  /** So many seconds of speech were given up in the pause. */
  dropped(seconds) {
    if (!this.#droppedS) this.#own.status.notice(text("listen.dropping"));
    this.#droppedS += seconds;
  }

  #pause() {
    this.#behind.paused();
    this.#own.player.pause();
    this.#changed("listen.paused");
  }

  #goOn() {
    const dropped = Math.round(this.#droppedS);
    this.#droppedS = 0;
    this.#own.player.resume();
    this.#changed(dropped ? "listen.dropped" : "listen.resumed", { count: dropped });
  }

  #live() {
    this.#droppedS = 0;
    this.#own.player.drop();
    this.#own.player.resume();
    this.#changed("listen.jumped");
    part("pause").focus();
  }

  #sound() {
    const { player } = this.#own;
    if (player.muted) player.unmute();
    else player.mute();
    this.#changed(player.muted ? "listen.silent" : "listen.heard");
  }

  #changed(words, values) {
    const { player, connection, status, changed } = this.#own;
    connection.setPlayback(player.muted || player.paused);
    showPlaying(!player.paused);
    status.notice(text(words, values));
    changed([]);
  }

  #resize(step) {
    this.#own.preferences.resize(step);
    this.#own.changed(["size"]);
  }

  #key(event) {
    if (!this.#own.preferences.keys || document.querySelector("dialog[open]") || part("bar").hidden) return;
    const command = this.#commands[commandOf(event)];
    if (!command) return;
    event.preventDefault();
    command();
  }

  #list() {
    for (const [key, command] of SHORTCUTS) {
      const name = document.createElement("dt");
      name.append(Object.assign(document.createElement("kbd"), { textContent: key === " " ? text("listen.spaceKey") : key.toUpperCase() }));
      part("help").querySelector("dl").append(name, Object.assign(document.createElement("dd"), { textContent: text(`listen.key-${command}`) }));
    }
  }
}

function label(id, icon, words) {
  part(id).querySelector("use").setAttribute("href", `#i-${icon}`);
  part(id).querySelector("span").textContent = words;
}
