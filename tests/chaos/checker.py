"""Whether a listener was given everything that was acknowledged, once and in order, or was told what is missing.

Pure, and independent of what it checks: it sees notes of speakers and listeners, and nothing of the system.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

from schemas.audio import SAMPLE_RATE
from tests.chaos.holes import OWED, SPAN, newest_of, overtaken, unfilled
from tests.chaos.notes import Broke, Ended, Fill, Final, Heard, Sent, Utterance
from tests.chaos.notices import Span, announced, within
from tests.chaos.speech import speech_wrongs
from tests.chaos.verdict import Fate, Kind, Verdict, Wrong

LEAST_WORD = SAMPLE_RATE // 2
"""No recogniser owes a final for less of real speech: the speaker was cut off in the middle of a word."""


def check(sent: Sent, listeners: list[Heard]) -> Verdict:
    """The verdict about one session that has ended."""
    utterances = sent.utterances()
    if not all(heard.exact for heard in listeners):
        utterances = [one for one in utterances if one.until - one.begin >= LEAST_WORD]
    verdict = Verdict(sent=len(utterances))
    if sent.trouble:
        where = sent.session, "speaker", sent.acknowledged
        verdict.wrongs.append(Wrong("broken", *where, sent.trouble, sent.trouble_at))
    for heard in listeners:
        captions = _Captions(heard, sent)
        verdict.fates += captions.fates(utterances)
        verdict.wrongs += [*captions.wrongs(utterances), *fill_wrongs(heard)]
        verdict.wrongs += [*speech_wrongs(heard, sent), *endings(heard)]
    return verdict


class _Captions:
    """The finals of one listener, laid over the positions of the session."""

    def __init__(self, heard: Heard, sent: Sent) -> None:
        self._heard, self._sent = heard, sent
        self._finals = [note for note in heard.notes if isinstance(note, Final)]
        self._late = overtaken(heard)
        self._all = [*self._finals, *self._late]
        self._told = list(announced(heard, sent, "captions"))
        self._open = unfilled(heard)

    def wrongs(self, utterances: list[Utterance]) -> Iterator[Wrong]:
        """Finals that overlap, come late or say something else, and utterances without one."""
        seen: Counter[int] = Counter()
        reached = -1
        for final in self._finals:
            seen[final.segment] += 1
            if seen[final.segment] > 1:
                yield self._wrong("repeated", final, f"{seen[final.segment]} times")
            elif final.segment < reached:
                kind: Kind = "disordered" if self._is_alone(final) else "repeated"
                yield self._wrong(kind, final, f"to {final.until} came after one to {reached}")
            if final.until <= final.segment:
                yield self._wrong("untrue", final, f"accounts for nothing: until {final.until}")
            if self._heard.exact and final.outcome == "ok":
                yield from self._untrue(final)
            reached = max(reached, final.until)
        for utterance in utterances:
            if self._fate(utterance) == "missing":
                holes = ", ".join(f"{begin} to {until}" for begin, until in self._holes(utterance))
                yield Wrong("missing", *self._whose, utterance.begin, f"{holes} never came", utterance.at)
        yield from self._untiled()

    def _untrue(self, final: Final) -> Iterator[Wrong]:
        if not _true(final):
            yield self._wrong("untrue", final, f"until {final.until} says {final.text!r}")
        if final.said and (others := self._sent.spoken(final.segment, final.until) - {final.said}):
            yield self._wrong("untrue", final, f"until {final.until} taken for {final.said}, was {others}")

    def fates(self, utterances: list[Utterance]) -> Iterator[Fate]:
        """One for each utterance that this listener was there for."""
        for utterance in utterances:
            if utterance.begin < self._first:
                continue
            # A final is late from its own last sample on: behind a mute it may end in the middle of an utterance.
            late = [final.at - self._sent.sent_at(final.until) for final in self._all if _overlap(final, utterance)]
            there = utterance.at > self._heard.joined_at  # what is history comes late by nature
            delay_s = max(late) if late and there else None
            yield Fate(*self._whose, utterance.at, self._fate(utterance), delay_s)

    @property
    def _first(self) -> int:
        """Where the session begins for this listener."""
        if not self._heard.late:
            return 0
        return min((final.segment for final in self._all), default=1 << 62)

    @property
    def _whose(self) -> tuple[str, str]:
        return self._heard.session, self._heard.language

    def _fate(self, utterance: Utterance) -> Literal["once", "announced", "missing"]:
        if utterance.until <= self._first:
            return "once"
        holes = self._holes(utterance)
        if not holes:
            covering = [final for final in self._all if _overlap(final, utterance)]
            filled = [final for final in covering if final.reason in OWED and final not in self._open]
            return "once" if all(final.outcome == "ok" or final in filled for final in covering) else "announced"
        return "announced" if all(within(hole, self._told) for hole in holes) else "missing"

    def _holes(self, utterance: Utterance) -> list[Span]:
        return _left((max(utterance.begin, self._first), utterance.until), self._all)

    def _untiled(self) -> Iterator[Wrong]:
        """Finals must touch, also where nothing was spoken."""
        for before, after in zip(self._finals, self._finals[1:], strict=False):
            if not all(within(hole, self._told) for hole in _left((before.until, after.segment), self._late)):
                yield self._wrong("missing", after, f"the final before ends at {before.until}")

    def _is_alone(self, final: Final) -> bool:
        return not any(other is not final and _overlaps(other, final) for other in self._finals)

    def _wrong(self, kind: Kind, final: Final, detail: str) -> Wrong:
        return Wrong(kind, *self._whose, final.segment, detail, final.at)


def fill_wrongs(heard: Heard) -> Iterator[Wrong]:
    """Holes that stayed although their words are in the log, and fills that say something else or came twice."""
    whose = heard.session, heard.language
    for hole in unfilled(heard):
        yield Wrong("missing", *whose, hole.segment, f"to {hole.until}: {hole.reason}, and never filled", hole.at)
    for fill in newest_of(heard.fills):
        span = SPAN.match(fill.text)
        if heard.exact and fill.outcome == "ok" and (span is None or not fill.segment <= int(span[1]) < int(span[2])):
            yield Wrong("untrue", *whose, fill.segment, f"filled with {fill.text!r}", fill.at)
    seen: dict[tuple[int, int], Fill] = {}
    for fill in heard.fills:
        place = fill.segment, fill.revision
        if place in seen and seen[place].text != fill.text:
            yield Wrong("repeated", *whose, fill.segment, f"filled in two ways: {fill.text!r}", fill.at)
        seen[place] = fill


def endings(heard: Heard) -> Iterator[Wrong]:
    """Every listener must be told the end, and nothing may follow it."""
    last = heard.notes[-1] if heard.notes else Broke("nothing came at all", heard.joined_at)
    if isinstance(last, Broke):
        yield Wrong("broken", heard.session, heard.language, -1, last.error, last.at)
    elif not isinstance(last, Ended):
        yield Wrong("broken", heard.session, heard.language, -1, "was not told the end", last.at)


def _left(span: Span, finals: Iterable[Final]) -> list[Span]:
    """What of it no final accounts for."""
    (position, until), holes = span, []
    for final in sorted(finals, key=lambda final: final.segment):
        if final.until <= position or final.segment >= until:
            continue
        if final.segment > position:
            holes.append((position, final.segment))
        position = max(position, final.until)
    return [*holes, (position, until)] if position < until else holes


def _true(final: Final) -> bool:
    """The text is the span that it stands for: of silence before the words it may know nothing."""
    span = SPAN.match(final.text)
    return span is not None and final.segment <= int(span[1]) < int(span[2]) == final.until


def _overlap(final: Final, utterance: Utterance) -> bool:
    return final.segment < utterance.until and utterance.begin < final.until


def _overlaps(one: Final, other: Final) -> bool:
    return one.segment < other.until and other.segment < one.until
