"""When a lane that is too far behind gives up what it missed and goes on with what is said now."""

from collections.abc import Callable

from workers.stage import Record

LIVE_MS = 5_000
"""A frame that was written less than this ago is live."""


class Jump:
    """Of one lane. Its queue then holds frames of at most `jump_s` and of what arrives during one engine call."""

    def __init__(self, jump_s: float | None, now: Callable[[], int]) -> None:
        """`jump_s`: seconds behind from which it jumps; None: never, for replays. `now` in Unix ms."""
        self._jump_s, self._now = jump_s, now
        self.under_way = False
        """Frames are taken without being heard."""

    def needed(self, oldest: Record) -> bool:
        """The oldest frame that no final accounts for was written too long ago."""
        return self._jump_s is not None and self._now() - oldest.written_at > self._jump_s * 1000

    def lands(self, record: Record) -> bool:
        """The frame is live: from here on the lane hears again."""
        return self.under_way and self._now() - record.written_at < LIVE_MS
