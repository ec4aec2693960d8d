"""What was said in one language, in order, with the places where something is missing."""

from collections.abc import Iterable
from typing import NamedTuple

from schemas.messages import Message, Outcome, Reason, Transcript, Translation

_WHY: dict[Reason, str] = {
    "deadline": "too late",
    "no-audience": "nobody listened",
    "jump": "the service was too far behind",
    "engine": "the engine failed",
    "undecodable": "it could not be read",
    "at-capacity": "no recogniser was free",
    "retention": "its audio was no longer kept",
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
    )


class Finals:
    """Takes the records of a session as they come and keeps of each segment and language the highest revision."""

    def __init__(self) -> None:
        self.characters = 0
        """Of all text that is kept."""
        self._kept: dict[str, dict[int, Said]] = {}

    def take(self, message: Message) -> None:
        """Keeps a final that is newer than what is known of its segment."""
        new = said(message)
        if new is None:
            return
        kept = self._kept.setdefault(new.language, {})
        known = kept.get(new.segment)
        if known is None or new.revision > known.revision:
            kept[new.segment] = new
            self.characters += _length(new) - (_length(known) if known else 0)

    @property
    def languages(self) -> list[str]:
        """Those in which there is anything."""
        return sorted(self._kept)

    def said(self, language: str) -> list[Said]:
        """All that was said in a language, in order; a stretch without any record is a hole like others."""
        kept = self._kept.get(language, {})
        return list(_tiled(kept[segment] for segment in sorted(kept)))


def _length(text: Said) -> int:
    return len(text.text) + len(text.source_text or "")


def _tiled(finals: Iterable[Said]) -> Iterable[Said]:
    position = 0
    for final in finals:
        if final.segment > position:
            yield Said(
                position, final.segment, position, final.segment, 0, final.language, "", None, "skipped", ""
            )  # its record is gone, or there never was one
        yield final
        position = max(position, final.until)
