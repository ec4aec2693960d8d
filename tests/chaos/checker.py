"""What must hold, whatever was broken: it knows only what speakers had acknowledged and what listeners received.

The scripted engines make a final's text the span that it tiles, so every sample of a session can be accounted for.
"""

import itertools
from dataclasses import dataclass, field

UTTERANCE = 32_000
"""Samples of a scripted utterance that is not cut by a pause or the end."""


@dataclass(frozen=True)
class Final:
    """A final caption as a listener received it."""

    at: float
    """When, in seconds of the checker's clock."""
    segment: int
    until: int
    """`segment` + `revision`: a final's revision is its length."""
    text: str
    outcome: str
    reason: str = ""
    fault: str = ""
    """What was broken at the time."""


@dataclass(frozen=True)
class Spoken:
    """A segment's speech as a listener received it; `ok` is the only outcome with sound."""

    at: float
    segment: int
    part: int
    outcome: str


@dataclass
class Heard:
    """What one listener received, in order."""

    who: str
    finals: list[Final] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    missed_before: list[int] = field(default_factory=list)
    """Numbers of finals before which the client said that something is missing."""
    speech_missed: bool = False
    """The client said that speech is missing."""
    ended: bool = False


@dataclass
class Tally:
    """Counts, and what is wrong in words."""

    sent: int = 0
    once: int = 0
    announced: int = 0
    """Skipped, failed or missed, and said so."""
    missing: int = 0
    repeated: int = 0
    disordered: int = 0
    wrong: int = 0
    """Text that does not belong to the span."""
    complaints: list[str] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """Whatever was not announced."""
        return self.missing + self.repeated + self.disordered + self.wrong

    def add(self, other: "Tally") -> None:
        """Adds another one up."""
        for name in ("sent", "once", "announced", "missing", "repeated", "disordered", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.complaints += other.complaints


def check_captions(heard: Heard, until: int, *, scripted: bool = True) -> Tally:
    """The finals must tile the samples from 0 to `until`, each once and in order, or say what is missing."""
    tally = Tally()
    seen: set[int] = set()
    at = 0
    for number, final in enumerate(heard.finals):
        where = f"{heard.who}: {final.segment} to {final.until} (during {final.fault or 'calm'})"
        if final.segment in seen:
            tally.repeated += 1
            tally.complaints.append(f"repeated: {where}")
            continue
        seen.add(final.segment)
        if final.segment < at:
            tally.disordered += 1
            tally.complaints.append(f"out of order: {where} came after {at}")
            continue
        if final.segment > at:
            _hole(tally, heard, at, final.segment, said=number in heard.missed_before, before=where)
        at = final.until
        tally.sent += 1
        if final.outcome != "ok":
            tally.announced += 1
        elif scripted and final.text != f"{final.segment} to {final.until}":
            tally.wrong += 1
            tally.complaints.append(f"wrong: {where} says {final.text!r}")
        else:
            tally.once += 1
    if at < until:
        _hole(tally, heard, at, until, said=len(heard.finals) in heard.missed_before, before="the end")
    if not heard.ended:
        tally.missing += 1
        tally.complaints.append(f"missing: {heard.who}: sessionEnded")
    return tally


def _hole(tally: Tally, heard: Heard, begin: int, end: int, *, said: bool, before: str) -> None:
    count = max(1, round((end - begin) / UTTERANCE))
    tally.sent += count
    if said:
        tally.announced += count
        return
    tally.missing += count
    tally.complaints.append(f"missing: {heard.who}: {begin} to {end}, before {before}")


def check_speech(heard: Heard) -> Tally:
    """Every caption that was translated is spoken once and in order, or said to be skipped."""
    tally = Tally()
    places = [(spoken.segment, spoken.part) for spoken in heard.spoken]
    tally.repeated = len(places) - len(set(places))
    tally.disordered = sum(later < earlier for earlier, later in itertools.pairwise(places))
    if tally.repeated or tally.disordered:
        tally.complaints.append(f"speech repeated or out of order: {heard.who}: {places}")
    segments = {spoken.segment: spoken.outcome for spoken in heard.spoken}
    for final in heard.finals:
        if final.outcome != "ok":
            continue
        tally.sent += 1
        outcome = segments.get(final.segment)
        if outcome == "ok":
            tally.once += 1
        elif outcome is not None or heard.speech_missed:
            tally.announced += 1
        else:
            tally.missing += 1
            tally.complaints.append(f"missing speech: {heard.who}: {final.segment} (during {final.fault or 'calm'})")
    return tally


def longest_pause(heard: Heard, begin: float, end: float) -> float | None:
    """Longest time between two finals of which a part lies between `begin` and `end`; None: there were none."""
    times = [final.at for final in heard.finals]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times) if later > begin and earlier < end]
    return max(gaps, default=None)
