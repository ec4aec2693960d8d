"""Whether a listener was given everything that was acknowledged, once and in order, or was told what is missing.

Pure, and independent of what it checks: it sees notes of speakers and listeners, and nothing of the system.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from schemas.audio import SAMPLE_RATE
from schemas.channels import Product
from tests.chaos.holes import OWED, SPAN, newest_of, unfilled
from tests.chaos.notes import Broke, Ended, Fill, Final, Gap, Heard, Sent, Spoken, Utterance

Kind = Literal["missing", "repeated", "disordered", "untrue", "broken"]
"""`untrue`: a text that is not that of its span. `broken`: a client that gave up, or was not told the end."""

Span = tuple[int, int]
"""Positions: from, and up to."""

LEAST_WORD = SAMPLE_RATE // 2
"""No recogniser owes a final for less of real speech: the speaker was cut off in the middle of a word."""


@dataclass(frozen=True)
class Wrong:
    """Something that must not be."""

    kind: Kind
    session: str
    language: str
    segment: int
    detail: str
    at: float
    """When it was spoken, or noticed."""

    def __str__(self) -> str:
        return f"{self.kind:10} {self.session} {self.language} {self.segment}: {self.detail}"


@dataclass(frozen=True)
class Fate:
    """What became of one utterance at one listener."""

    session: str
    language: str
    spoken_at: float
    outcome: Literal["once", "announced", "missing"]
    delay_s: float | None
    """Of the finals that account for it, each from its own last sample on: the longest."""


@dataclass
class Verdict:
    """All that was found out about one session."""

    fates: list[Fate] = field(default_factory=list)
    wrongs: list[Wrong] = field(default_factory=list)
    sent: int = 0
    """Utterances."""


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
        self._told = list(_announced(heard, sent, "captions"))
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
            if self._heard.exact and final.outcome == "ok" and not _true(final):
                yield self._wrong("untrue", final, f"until {final.until} says {final.text!r}")
            reached = max(reached, final.until)
        for utterance in utterances:
            if self._fate(utterance) == "missing":
                holes = ", ".join(f"{begin} to {until}" for begin, until in self._holes(utterance))
                yield Wrong("missing", *self._whose, utterance.begin, f"{holes} never came", utterance.at)
        yield from self._untiled()

    def fates(self, utterances: list[Utterance]) -> Iterator[Fate]:
        """One for each utterance that this listener was there for."""
        for utterance in utterances:
            if utterance.begin < self._first:
                continue
            # A final is late from its own last sample on: behind a mute it may end in the middle of an utterance.
            late = [final.at - self._sent.sent_at(final.until) for final in self._finals if _overlap(final, utterance)]
            there = utterance.at > self._heard.joined_at  # what is history comes late by nature
            delay_s = max(late) if late and there else None
            yield Fate(*self._whose, utterance.at, self._fate(utterance), delay_s)

    @property
    def _first(self) -> int:
        """Where the session begins for this listener."""
        if not self._heard.late:
            return 0
        return min((final.segment for final in self._finals), default=1 << 62)

    @property
    def _whose(self) -> tuple[str, str]:
        return self._heard.session, self._heard.language

    def _fate(self, utterance: Utterance) -> Literal["once", "announced", "missing"]:
        if utterance.until <= self._first:
            return "once"
        holes = self._holes(utterance)
        if not holes:
            covering = [final for final in self._finals if _overlap(final, utterance)]
            filled = [final for final in covering if final.reason in OWED and final not in self._open]
            return "once" if all(final.outcome == "ok" or final in filled for final in covering) else "announced"
        return "announced" if all(_within(hole, self._told) for hole in holes) else "missing"

    def _holes(self, utterance: Utterance) -> list[Span]:
        """Spans of it that no final accounts for."""
        position, holes = max(utterance.begin, self._first), []
        for final in sorted(self._finals, key=lambda final: final.segment):
            if final.until <= position or final.segment >= utterance.until:
                continue
            if final.segment > position:
                holes.append((position, final.segment))
            position = max(position, final.until)
        return [*holes, (position, utterance.until)] if position < utterance.until else holes

    def _untiled(self) -> Iterator[Wrong]:
        """Finals must touch, also where nothing was spoken."""
        for before, after in zip(self._finals, self._finals[1:], strict=False):
            hole = before.until, after.segment
            if hole[0] < hole[1] and not _within(hole, self._told):
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


def speech_wrongs(heard: Heard, sent: Sent) -> Iterator[Wrong]:
    """Speech that is repeated, comes out of order or is missing without a word about it."""
    if not heard.speech:
        return
    spoken = [note for note in heard.notes if isinstance(note, Spoken)]
    last = (-1, -1)
    seen: set[tuple[int, int]] = set()
    for part in spoken:
        place = part.segment, part.part
        if place in seen or place < last:
            kind: Kind = "repeated" if place in seen else "disordered"
            yield Wrong(kind, heard.session, heard.language, part.segment, f"speech part {part.part}", part.at)
        seen.add(place)
        last = max(last, place)
    finished = {part.segment for part in spoken if part.last or part.outcome != "ok"}
    told = list(_announced(heard, sent, "speech"))
    owed = [note for note in heard.notes if isinstance(note, Final) and note.outcome == "ok" and note.text]
    for final in owed:
        if final.segment not in finished and not _within((final.segment, final.until), told):
            yield Wrong("missing", heard.session, heard.language, final.segment, "no speech", final.at)


def endings(heard: Heard) -> Iterator[Wrong]:
    """Every listener must be told the end, and nothing may follow it."""
    last = heard.notes[-1] if heard.notes else Broke("nothing came at all", heard.joined_at)
    if isinstance(last, Broke):
        yield Wrong("broken", heard.session, heard.language, -1, last.error, last.at)
    elif not isinstance(last, Ended):
        yield Wrong("broken", heard.session, heard.language, -1, "was not told the end", last.at)


def _announced(heard: Heard, sent: Sent, product: Product) -> Iterator[Span]:
    """Spans of which the listener was told that they are missing: between what it was given around the notice.

    A notice is about what others were given before it, so it excuses nothing that was not even sent when it came.
    """
    given, reached, told = Final if product == "captions" else Spoken, 0, 0
    for note in heard.notes:
        if isinstance(note, Gap) and note.product == product:
            told = sent.reached(note.at)
        elif isinstance(note, given):
            yield reached, min(told, note.segment)
            told = 0
            # Of speech the last segment counts as missing until its last part has come.
            reached = max(reached, note.until if isinstance(note, Final) else note.segment)
    yield reached, told


def _within(span: Span, told: list[Span]) -> bool:
    return any(begin <= span[0] and span[1] <= until for begin, until in told)


def _true(final: Final) -> bool:
    """The text is the span that it stands for: of silence before the words it may know nothing."""
    span = SPAN.match(final.text)
    return span is not None and final.segment <= int(span[1]) < int(span[2]) == final.until


def _overlap(final: Final, utterance: Utterance) -> bool:
    return final.segment < utterance.until and utterance.begin < final.until


def _overlaps(one: Final, other: Final) -> bool:
    return one.segment < other.until and other.segment < one.until
