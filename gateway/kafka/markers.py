"""Records of the audio topic that carry no audio."""

from typing import Literal

from dragoman.runtime.wall_clock import now_ms
from schemas.messages import Audio, Session

__all__ = ["Marker", "marker", "now_ms"]

Marker = Literal["pause", "mute", "end"]


def marker(kind: Marker, session: Session, position: int, captured_at: int) -> Audio:
    """The record that finishes the utterance at `position`; after `end` nothing follows in the session."""
    return Audio(
        kind=kind,
        position=position,
        captured_at=captured_at,
        language=session.source_language,
        since=session.language_since,
    )
