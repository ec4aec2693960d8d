"""Which times stand in a file: those of the speech, or those of the room, to lie beside a recording that ran on."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, get_args

from dragoman.transcripts.said import Said
from schemas.audio import SAMPLE_RATE, to_ms

Clock = Literal["media", "wall"]
"""`media` counts what was spoken and stands still in a pause; `wall` runs on, from the first sample."""
CLOCKS: tuple[Clock, ...] = get_args(Clock)
PAUSE_S: Final = 2
"""So much more time of the room than of the speech is a pause; less is how exactly it is known."""
_LONGEST_S: Final = 1_000 * 3_600
_TIME = re.compile(r"(?P<sign>[+-]?)(?:(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,2}):)?(?P<s>\d{1,9}(?:\.\d{1,6})?)")


class Timing(NamedTuple):
    """How the times of a file are counted. All are seconds."""

    clock: Clock = "media"
    offset: float = 0.0
    """Is added to each time; what would begin before 0 is left out."""
    begin: float | None = None
    """Nothing that ends before this time of the file."""
    end: float | None = None
    """Nothing that begins after this time of the file."""


class Pause(NamedTuple):
    """The session stood still: its speaker paused, or was away. In samples."""

    until: int
    """Where what was said then begins: a position, or a time of the file."""
    length: int


class Clocks:
    """Times of the room for positions of the session: from when each final was spoken."""

    def __init__(self, said: Iterable[Said]) -> None:
        known = sorted((text.segment, text.spoken_at - to_ms(text.end)) for text in said if text.spoken_at)
        self._from: list[int] = []
        self._since: list[int] = []
        self.pauses: list[Pause] = []
        for position, began_ms in known:
            late_ms = began_ms - self._since[-1] if self._since else 0
            if self._since and late_ms < PAUSE_S * 1000:
                continue  # the clocks of speaker and server are compared again and again: that is no pause
            if self._since:
                self.pauses.append(Pause(position, late_ms * SAMPLE_RATE // 1000))
            self._from.append(position)
            self._since.append(began_ms)

    @property
    def started_at(self) -> int:
        """When the first sample was captured, Unix ms; 0: not known."""
        return self._since[0] if self._since else 0

    def wall(self, position: int) -> int:
        """How many samples after the first one of the session this one was captured, were the room to run on."""
        if not self._from:
            return position
        place = max(0, bisect_right(self._from, position) - 1)
        return position + (self._since[place] - self._since[0]) * SAMPLE_RATE // 1000


def timed(said: Sequence[Said], timing: Timing, clocks: Clocks) -> Iterator[tuple[Said, Said]]:
    """What belongs into the file, as it was said and at its times there (in samples)."""
    for text in said:
        by = _shift(text.segment, timing, clocks)  # a segment holds no pause, which would have finished it
        start, end = text.start + by, text.end + by
        if start >= 0 and _within(start, end, timing):
            segment, until = max(0, text.segment + by), text.until + by
            yield text, text._replace(segment=segment, until=until, start=start, end=end)


def pauses(timing: Timing, clocks: Clocks) -> Iterator[Pause]:
    """Those that belong into the file, at their times there."""
    for pause in clocks.pauses:
        until = pause.until + _shift(pause.until, timing, clocks)
        if until >= 0 and _within(until, until + 1, timing):
            yield Pause(until, pause.length)


def seconds(text: str) -> float | None:
    """A time as people write it, `90`, `1:30`, `-0:01:30.5`; None for what is none."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    total = int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60 + float(found["s"])
    return None if total > _LONGEST_S else -total if found["sign"] == "-" else total


def _shift(position: int, timing: Timing, clocks: Clocks) -> int:
    return round(timing.offset * SAMPLE_RATE) + (clocks.wall(position) - position if timing.clock == "wall" else 0)


def _within(start: int, end: int, timing: Timing) -> bool:
    first, last = timing.begin, timing.end
    return (first is None or end > first * SAMPLE_RATE) and (last is None or start < last * SAMPLE_RATE)
