"""When a lane is so late that it jumps to live: words that come minutes later help nobody in the room."""

from collections.abc import Callable
from typing import Final

from schemas.audio import SAMPLE_RATE
from workers.stage import Record

NEAR_MS: Final = 5_000
"""A lane that jumps lands at audio that is younger than this."""
LONGEST: Final = 300 * SAMPLE_RATE
"""Samples that one final announces as left out: a lane holds no more audio (10 MB) while it jumps."""


class Jump:
    """Whether a lane jumps."""

    def __init__(self, after_s: float | None, now: Callable[[], int]) -> None:
        """A lane that is `after_s` behind jumps; None: never."""
        self._after_ms = None if after_s is None else after_s * 1000
        self._now = now
        self.under_way = False
        """The lane takes audio that nobody will hear."""

    def behind_ms(self, record: Record) -> int:
        """How long ago a frame was given to the log."""
        return self._now() - record.written_at

    def needed(self, record: Record) -> bool:
        """This frame is to be left out."""
        if self._after_ms is None:
            return False
        return self.behind_ms(record) > (NEAR_MS if self.under_way else self._after_ms)
