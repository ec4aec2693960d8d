"""Records of the audio topic that carry no audio, and the server's clock."""

import time
from typing import Literal

from schemas.messages import Audio, Session

Marker = Literal["pause", "mute", "end"]


def marker(kind: Marker, session: Session, position: int, captured_at: int, trace: str) -> Audio:
    """The record that finishes the utterance at `position`; after `end` nothing follows in the session."""
    return Audio(
        kind=kind,
        position=position,
        captured_at=captured_at,
        language=session.source_language,
        traceparent=trace,
    )


def now_ms() -> int:
    """Unix ms in the server's clock."""
    return time.time_ns() // 1_000_000
