// Which revision of which segment is shown. No DOM, no socket.

const SHOWN = 500;
/** Ten hours of someone who reads the beginning all the time. */
const MOST = 5000;

/** Keeps the newest revision of each segment; order is (segment, final, revision). */
export class Captions {
  /** Someone reads the old ones: none goes, as that would move the others. */
  held = false;
  #segments = new Map();

  /** Takes a caption; false when something newer is there already. */
  take(caption) {
    const held = this.#segments.get(caption.segment);
    if (held && !newer(caption, held)) return false;
    if (!held && !caption.final && this.#beyond(caption.segment)) return false;
    this.#segments.set(caption.segment, caption);
    if (caption.final) this.#dropPartials(caption.segment);
    this.#trim();
    return true;
  }

  /** The captions to show, in order of speech. */
  list() {
    return [...this.#segments.values()].sort((a, b) => a.segment - b.segment);
  }

  /** Says behind the newest caption that something is missing there. */
  missed() {
    const segment = (this.list().at(-1)?.segment ?? -1) + 0.5;
    this.take({ segment, final: true, revision: 0, outcome: "skipped", reason: "missed" });
  }

  clear() {
    this.#segments.clear();
  }

  #trim() {
    const tooMany = this.#segments.size - (this.held ? MOST : SHOWN);
    if (tooMany > 0) for (const { segment } of this.list().slice(0, tooMany)) this.#segments.delete(segment);
  }

  /** A final of a later segment is there: a partial of this one comes too late. */
  #beyond(segment) {
    return [...this.#segments.values()].some((each) => each.final && each.segment > segment);
  }

  /** Partials below a final belong to segments that were cut otherwise in the end. */
  #dropPartials(segment) {
    for (const [key, each] of this.#segments) if (!each.final && key < segment) this.#segments.delete(key);
  }
}

function newer(caption, held) {
  if (caption.final !== held.final) return caption.final;
  return caption.revision > held.revision;
}

/** Whether there are no words, only the reason why. */
export function isHole({ outcome }) {
  return outcome === "skipped" || outcome === "failed";
}

/** The captions with one hole instead of neighbours that are missing for the same reason. */
export function folded(captions) {
  return captions.filter((each, n) => !(n && isHole(each) && isHole(captions[n - 1]) && each.reason === captions[n - 1].reason));
}
