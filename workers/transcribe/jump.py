"""When a lane that is too far behind gives up what it missed and goes on with what is said now.

One whose engine is so much faster than speech that it will be live within 10 s works on instead: how fast it catches
up is measured while it does so.
"""

from collections.abc import Callable

from schemas.audio import SAMPLE_RATE
from workers.stage import Record
from workers.transcribe.frames import audio_of

LIVE_MS = 5_000
"""A frame that was written less than this ago is live."""
MEASURE_MS = 3_000
"""For so long a lane works before its pace is judged: an engine says little in less."""
LIVE_WITHIN_MS = 10_000
"""A lane that is live so soon after it began to catch up needs no jump."""
LONGEST = 300 * SAMPLE_RATE
"""Samples that one final announces as passed over: a lane holds no more audio (10 MB), whatever it does."""


class Jump:
    """Of one lane. Its queue then holds frames of at most `jump_s` and of what arrives during one engine call."""

    def __init__(self, jump_s: float | None, now: Callable[[], int]) -> None:
        """`jump_s`: seconds behind from which it jumps; None: never, for replays. `now` in Unix ms."""
        self._jump_s, self._now = jump_s, now
        self._began: tuple[int, int] | None = None
        """When it began to catch up, and when the frame that was the oldest then had been written; Unix ms."""
        self.under_way = False
        """Frames are taken without being heard."""

    def needed(self, oldest: Record, newest: Record) -> bool:
        """It is too far behind to be live soon. `oldest` is the first frame that no final accounts for."""
        now = self._now()
        behind_ms = now - oldest.written_at
        if self._jump_s is None or behind_ms <= self._jump_s * 1000:
            self._began = None
            return False
        self._began = self._began or (now, oldest.written_at)
        if audio_of(newest).until - audio_of(oldest).position >= LONGEST:
            return True
        worked_ms, heard_ms = now - self._began[0], oldest.written_at - self._began[1]
        return worked_ms >= MEASURE_MS and live_in_ms(behind_ms, worked_ms, heard_ms) > LIVE_WITHIN_MS - worked_ms

    def lands(self, record: Record) -> bool:
        """The frame is live: from here on the lane hears again."""
        return self.under_way and self._now() - record.written_at < LIVE_MS


def live_in_ms(behind_ms: int, worked_ms: int, heard_ms: int) -> float:
    """How long a lane that is `behind_ms` behind needs to be live when it heard `heard_ms` of speech in `worked_ms`."""
    gained_ms = heard_ms - worked_ms  # meanwhile the speaker went on
    return (behind_ms - LIVE_MS) * worked_ms / gained_ms if gained_ms > 0 else float("inf")
