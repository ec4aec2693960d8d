// Which revision of which segment is shown. No DOM, no socket.

/** Somebody who comes back is given what fills a hole, and not the hole. */
const UNKNOWN = { revision: 0, outcome: "skipped", reason: "" };
const SHOWN = 500;
/** Ten hours of someone who reads the beginning all the time. */
const MOST = 5000;

/** Keeps the newest revision of each segment; order is (segment, final, revision). */
export class Captions {
  /** Someone reads the old ones: none goes, as that would move the others. */
  held = false;
  #segments = new Map();
  /** Every hole at its longest, also one that was filled: what of it is not is still missing. */
  #holes = new Map();
  /** What was read in another language before; null: nothing of it is shown any more. */
  #before = null;

  /**
   * Takes a caption; false when something newer is there already.
   *
   * A revised caption is `late` if it was made while the page was there, was missing here, or follows a final one of its
   * segment; one that is late is `corrected` if a final one with words stood there before.
   * The first caption that has words, or is `live`, takes the place of what was read in another language.
   */
  take(caption, live = false) {
    if (live || caption.text) this.#before = null;
    else this.#before = this.#before?.filter(({ segment }) => caption.outcome !== "withdrawn" || segment !== caption.segment) ?? null;
    const held = this.#segments.get(caption.segment);
    const late = caption.revised && (caption.late || Boolean(held?.final) || this.#wasMissing(caption));
    if (isHole(caption)) this.#noteHole(caption);
    if (held && !newer(caption, held)) return false;
    if (!held && !caption.final && this.#beyond(caption.segment)) return false;
    this.#segments.set(caption.segment, { ...caption, late, corrected: late && (held?.corrected || Boolean(held?.final && held.text)) });
    if (caption.final) this.#dropPartials(caption.segment);
    this.#trim();
    return true;
  }

  /** The captions to show, in order of speech, with what is missing between them. */
  list() {
    if (this.#before) return this.#before;
    const shown = [];
    let entry;
    let end;
    for (const [caption, next] of withNext(this.#sorted())) {
      if (end < caption.segment) shown.push(...this.#missing(end, caption.segment, entry !== undefined && caption.previous === entry));
      shown.push(caption);
      end = reach(caption, next?.segment ?? Infinity, end ?? 0);
      if (caption.id !== caption.previous) entry = caption.id;
    }
    return end === undefined ? shown : [...shown, ...this.#missing(end, Infinity)];
  }

  /** Says behind the newest caption that something is missing there. */
  missed() {
    const segment = (this.#sorted().at(-1)?.segment ?? -1) + 0.5;
    this.take({ segment, final: true, revision: 0, outcome: "skipped", reason: "missed" });
  }

  clear() {
    this.#before = null;
    this.#forget();
  }

  /** Another language is read from now on: what is there stays until something of that comes. */
  change() {
    const shown = this.list();
    this.#before = shown.length ? shown : null;
    this.#forget();
  }

  /** What is shown is in the language that was read before. */
  get old() {
    return this.#before !== null;
  }

  #forget() {
    this.#segments.clear();
    this.#holes.clear();
  }

  #sorted() {
    return bySegment(this.#segments);
  }

  #noteHole(hole) {
    const longest = this.#holes.get(hole.segment)?.until ?? hole.segment;
    if (hole.until > longest) this.#holes.set(hole.segment, hole);
  }

  #wasMissing({ segment, until }) {
    return [...this.#holes.values()].some((hole) => hole.segment <= segment && segment < hole.until && until <= hole.until);
  }

  /** What is left of holes between two positions; where entries `follow` each other, the stretch that has no caption, too. */
  #missing(begin, end, follow = false) {
    const rests = [];
    const rest = (until, why) => {
      if (begin < until) rests.push({ final: true, revised: true, ...why, segment: begin, until });
      begin = Math.max(begin, until);
    };
    for (const hole of bySegment(this.#holes)) {
      if (hole.until <= begin || hole.segment >= end) continue;
      if (follow) rest(hole.segment, UNKNOWN);
      else begin = Math.max(begin, hole.segment);
      rest(Math.min(hole.until, end), hole);
    }
    if (follow) rest(end, UNKNOWN);
    return rests;
  }

  #trim() {
    const tooMany = this.#segments.size - (this.held ? MOST : SHOWN);
    if (tooMany <= 0) return;
    const sorted = this.#sorted();
    for (const { segment } of sorted.slice(0, tooMany)) this.#segments.delete(segment);
    for (const { segment, until } of this.#holes.values()) if (until <= sorted[tooMany].segment) this.#holes.delete(segment);
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

function withNext(captions) {
  return captions.map((each, n) => [each, captions[n + 1]]);
}

/** Up to where nothing is missing; undefined: nobody can tell. A hole may have a part behind its beginning that was filled. */
function reach(caption, next, before) {
  if (caption.until === undefined) return undefined;
  return isHole(caption) ? Math.min(caption.until, next) : Math.max(before, caption.until);
}

function bySegment(captions) {
  return [...captions.values()].sort((a, b) => a.segment - b.segment);
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
