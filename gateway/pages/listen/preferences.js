// What a listener chose, kept for the next time. No DOM; the storage is an argument.

const SAVED = "dragoman.listen";
export const SIZES_REM = [1, 1.2, 1.45, 1.75, 2.1, 2.6, 3.2];
export const COLOURS = ["plain", "high", "yellow-on-black", "black-on-yellow"];
export const SHOWS = ["both", "captions", "speech"];
export const MODES = ["fast", "steady"];
/** As the protocol calls them; the first: one like the speaker's. */
export const VOICES = ["", "female", "male"];
const CHECKS = {
  language: (value) => typeof value === "string",
  reads: (value) => typeof value === "string",
  shows: (value) => SHOWS.includes(value),
  mode: (value) => MODES.includes(value),
  voice: (value) => VOICES.includes(value),
  size: (value) => Number.isInteger(value) && value >= 0 && value < SIZES_REM.length,
  colours: (value) => COLOURS.includes(value),
  original: (value) => typeof value === "boolean",
  keys: (value) => typeof value === "boolean",
  catchUp: (value) => typeof value === "boolean",
  volume: (value) => typeof value === "number" && value >= 0 && value <= 1,
};

export class Preferences {
  language = "";
  /** Language of the captions where it is another one; "" follows `language`. */
  reads = "";
  shows = "both";
  mode = "fast";
  /** Heard where a language has several. */
  voice = "";
  size = 2;
  colours = "plain";
  original = false;
  /** Single keys are shortcuts: in the way of those who speak to their device. */
  keys = true;
  volume = 1;
  /** Speech that is late may be played a little faster. */
  catchUp = true;
  #storage;

  /** `storage` is like `localStorage`; what it has of another version, or of nobody, is passed over. */
  constructor(storage) {
    this.#storage = storage;
    const saved = read(storage);
    for (const [name, fits] of Object.entries(CHECKS)) if (fits(saved[name])) this[name] = saved[name];
  }

  /** Changes some, and keeps all; without a storage (a private window) just until the page is closed. */
  set(members) {
    Object.assign(this, members);
    try {
      this.#storage.setItem(SAVED, JSON.stringify(Object.fromEntries(Object.keys(CHECKS).map((name) => [name, this[name]]))));
    } catch {
      // full or forbidden: nothing depends on it
    }
  }

  /** One size up (1) or down (-1), as far as there is one. */
  resize(step) {
    this.set({ size: Math.min(SIZES_REM.length - 1, Math.max(0, this.size + step)) });
  }
}

/** What to ask the server for: members of joinSession and changeLanguage. */
export function wish({ language, reads, shows, mode, voice }, offered) {
  return {
    targetLanguage: language,
    captionLanguage: offered.includes(reads) ? reads : "",
    audio: shows !== "captions",
    captions: shows !== "speech",
    mode,
    voice,
  };
}

const MEMBERS = { language: ["targetLanguage"], reads: ["captionLanguage"], shows: ["audio", "captions"], mode: ["mode"], voice: ["voice"] };

/** Of a wish what these preferences stand for. */
export function changes(wished, names) {
  return Object.fromEntries(names.flatMap((name) => MEMBERS[name] ?? []).map((member) => [member, wished[member]]));
}

function read(storage) {
  try {
    return JSON.parse(storage.getItem(SAVED)) ?? {};
  } catch {
    return {};
  }
}
