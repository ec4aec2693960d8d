"""What was said in one language, in order, with the places where something is missing."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final, NamedTuple

from schemas.languages import UNKNOWN
from schemas.messages import Message, Outcome, Reason, Transcript, Translation

FLOOR: Final = ""
"""In place of a language: what was said, in whichever language that was."""
_WHY: dict[Reason, str] = {
    "deadline": "too late",
    "no-audience": "nobody listened",
    "jump": "the service was too far behind",
    "engine": "the engine failed",
    "at-capacity": "no recogniser was free",
    "retention": "it was no longer kept",
}


class Said(NamedTuple):
    """A final, or a stretch of audio of which there is none. Positions count samples of the session."""

    segment: int
    until: int
    start: int
    """Position of the first spoken word."""
    end: int
    """Position after the last spoken word."""
    revision: int
    language: str
    text: str
    source_text: str | None
    """What was translated; None in the floor language."""
    outcome: Outcome
    reason: Reason
    spoken_at: int = 0
    """Capture time of `end`, Unix ms; 0: not known."""

    @property
    def missing(self) -> bool:
        """A hole: something was said, and it is not here."""
        return self.outcome in ("skipped", "failed")

    @property
    def mark(self) -> str:
        """What stands in a hole."""
        why = _WHY.get(self.reason)
        return f"[missing: {why}]" if why else "[missing]"


def said(message: Message) -> Said | None:
    """What a record says; None for what is not final."""
    if not isinstance(message, Transcript | Translation) or not message.final:
        return None
    return Said(
        message.segment,
        message.until,
        message.start,
        message.end,
        message.revision,
        message.language,
        message.text,
        message.source_text if isinstance(message, Translation) else None,
        message.outcome,
        message.reason,
        message.spoken_at,
    )


class Finals:
    """Takes the records of a session as they come and keeps of each segment and language the highest revision.

    A hole is filled by finals that tile it, the first under its own number: of one that was replaced so the extent is
    kept, so that what is not filled is known to be missing, and why.
    """

    def __init__(self) -> None:
        self.characters = 0
        """Of all text that is kept."""
        self._kept: dict[str, dict[int, Said]] = {}
        self._holes: dict[str, list[Said]] = {}

    def take(self, message: Message) -> None:
        """Keeps a final that is newer than what is known of its segment."""
        new = said(message)
        if new is None:
            return
        self._keep(new, new.language)
        if isinstance(message, Transcript):
            self._keep(new, FLOOR)

    def _keep(self, new: Said, where: str) -> None:
        if new.missing:
            self._holes.setdefault(where, []).append(new)
        kept = self._kept.setdefault(where, {})
        known = kept.get(new.segment)
        if known is None or new.revision > known.revision:
            kept[new.segment] = new
            if where != FLOOR:  # it is there by its language, too
                self.characters += _length(new) - (_length(known) if known else 0)

    @property
    def languages(self) -> list[str]:
        """Those in which there is anything."""
        return sorted(self._kept.keys() - {FLOOR, UNKNOWN})

    @property
    def floor_language(self) -> str:
        """The language that was spoken last; `und` when nothing says which."""
        kept = self._kept.get(FLOOR, {})
        spoken = [kept[segment].language for segment in sorted(kept)]
        return next((language for language in reversed(spoken) if language != UNKNOWN), UNKNOWN)

    def said(self, language: str) -> list[Said]:
        """All that was said in a language (`FLOOR`: in whichever was spoken), in order; a stretch without any record
        is a hole like others."""
        kept, holes = self._kept.get(language, {}), self._holes.get(language, [])
        finals = [self._as_spoken(kept[segment]) for segment in sorted(kept)]
        return list(_tiled(finals, [*self._cut(language), *sorted(holes)]))

    def _as_spoken(self, final: Said) -> Said:
        """With what was said as it was corrected since: where nobody read the translation that was not made anew."""
        spoken = self._kept.get(FLOOR, {}).get(final.segment)
        corrected = final.source_text and spoken and spoken.revision > final.revision
        return final._replace(source_text=spoken.text) if spoken and corrected else final

    def _cut(self, language: str) -> list[Said]:
        """What was said before the first transcript that is left: Kafka keeps records for a time only, and removes the
        oldest first."""
        first = min(self._kept.get(FLOOR, {}), default=0)
        return [_missing(0, first, language, "retention")] if first else []


def _length(text: Said) -> int:
    return len(text.text) + len(text.source_text or "")


def _tiled(finals: Sequence[Said], holes: Sequence[Said]) -> Iterator[Said]:
    position, end, ahead = 0, max((hole.until for hole in holes), default=0), deque(holes)
    for place, final in enumerate(finals):
        yield from _gap(position, final.segment, final.language, ahead)
        following = finals[place + 1].segment if place + 1 < len(finals) else final.until
        if final.missing and final.segment < following < final.until:  # it is filled from there on
            final = _part(final, final.segment, following)
        yield final
        position = max(position, final.until)
    if finals:
        yield from _gap(position, end, finals[0].language, ahead)


def _gap(begin: int, until: int, language: str, ahead: deque[Said]) -> Iterator[Said]:
    """What is missing between: what is left of holes, or what has no record, or none any more.

    `ahead`: holes by their beginnings; those that end before are not looked at again.
    """
    if begin >= until:
        return
    while ahead and ahead[0].until <= begin:
        ahead.popleft()
    for hole in takewhile(lambda hole: hole.segment < until, ahead):
        first, last = max(begin, hole.segment), min(until, hole.until)
        if first < last:
            yield from _unknown(begin, first, language)
            yield _part(hole, first, last)
            begin = last
    yield from _unknown(begin, until, language)


def _unknown(begin: int, until: int, language: str) -> Iterator[Said]:
    if begin < until:
        yield _missing(begin, until, language, "")


def _missing(begin: int, until: int, language: str, reason: Reason) -> Said:
    return Said(begin, until, begin, until, 0, language, "", None, "skipped", reason)


def _part(hole: Said, begin: int, until: int) -> Said:
    return hole._replace(segment=begin, until=until, start=begin, end=until)
