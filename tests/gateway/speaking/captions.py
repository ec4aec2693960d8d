"""Captions of the floor for tests."""

import msgspec

from schemas.messages import Outcome
from schemas.socket import Caption


def final(start_ms: int, length_ms: int, heard: str | None = None, outcome: Outcome = "ok") -> Caption:
    """A final of so many ms; `heard`: what the recogniser took it for, if it looked."""
    return Caption(
        segment=start_ms * 16,
        revision=length_ms * 16,
        final=True,
        language="en",
        text="said",
        stable_chars=4,
        start_ms=start_ms,
        end_ms=start_ms + length_ms,
        spoken_at=0,
        outcome=outcome,
        reason="",
        heard_language=heard if heard is not None else msgspec.UNSET,
    )
