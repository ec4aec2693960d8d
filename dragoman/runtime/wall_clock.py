"""What time it is, for all processes of a platform alike: this machine's clock, set right by Redis's where it is wrong.

Times cross from process to process: a record says when it was written, a caption when it was spoken, and others compare
that with their own time. One machine whose clock is an hour off would take all speech for too old to be heard, and all
audio for a backlog to be passed over.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog

log = structlog.get_logger()

TOLERATED_MS = 2_000
"""Clocks that are kept by NTP differ by less; a smaller difference may as well be the time that a question took."""
CLOCKS_DIFFER_MS = 60_000
"""By how much the times of two machines may differ at the most, also while one of them does not know Redis's yet."""
SOON_MS = 500
"""An answer that took longer says nothing exact."""


class WallClock:
    """Of one process. Nothing is changed while it differs from Redis's by no more than is tolerated."""

    def __init__(self, wall_ns: Callable[[], int] = time.time_ns) -> None:
        """`wall_ns`: the machine's clock, Unix ns."""
        self._wall_ns = wall_ns
        self.off_ms = 0
        """How far Redis's clock is ahead of the machine's; 0 where that is tolerated."""

    def now_ms(self) -> int:
        """Unix ms."""
        return self._own_ms() + self.off_ms

    def seconds(self) -> float:
        """Unix seconds."""
        return self.now_ms() / 1000

    def asks(self) -> Callable[[int], None]:
        """To be called before Redis is asked for its time; what it returns, with the answer in Unix ms."""
        asked_ms = self._own_ms()

        def answered(theirs_ms: int) -> None:
            took_ms = self._own_ms() - asked_ms
            if 0 <= took_ms <= SOON_MS:
                self._compare(theirs_ms - asked_ms - took_ms // 2)

        return answered

    def _own_ms(self) -> int:
        return self._wall_ns() // 1_000_000

    def _compare(self, off_ms: int) -> None:
        """Small differences to what is known change nothing: the time must not go to and fro."""
        off_ms = 0 if abs(off_ms) <= TOLERATED_MS else off_ms
        if abs(off_ms - self.off_ms) > TOLERATED_MS:
            log.warning("clock.set", off_s=-off_ms / 1000)
            self.off_ms = off_ms


WALL_CLOCK = WallClock()
"""The one of this process; it is set right by every look at Redis."""


async def redis_ms(redis: Any) -> int:
    """The time of a Redis, Unix ms. Raises RedisError."""
    seconds, microseconds = await redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def now_ms() -> int:
    """Unix ms, as the platform has it."""
    return WALL_CLOCK.now_ms()
