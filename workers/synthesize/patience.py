"""How long speech is waited for: its turn among others, too. That it did not come in time blames no engine."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from schemas.messages import Translation

T = TypeVar("T")


class Patience:
    """Of one lane. Without a deadline (replays) it is endless."""

    def __init__(self, deadline_s: float | None, timeout_s: float, now: Callable[[], int]) -> None:
        """`deadline_s`: from the words to their speech; `timeout_s`: of one call, when its turn has come."""
        self._deadline_s, self._timeout_s, self._now = deadline_s, timeout_s, now

    def is_over(self, translation: Translation, heard_at: int = 0) -> bool:
        """It would be heard too long after the words; `heard_at`: not before, Unix ms."""
        late_ms = max(heard_at, self._now()) - translation.spoken_at
        return self._deadline_s is not None and late_ms > self._deadline_s * 1000

    def backlog_ms(self, heard_at: int) -> int:
        """Speech that is unheard until `heard_at` (Unix ms) and to be caught up with: in a replay nobody listens."""
        return 0 if self._deadline_s is None else heard_at - self._now()

    async def until_late(self, translation: Translation, coming: Awaitable[T]) -> T | None:
        """What comes; None: it did not before it is over."""
        if self._deadline_s is None:
            return await coming
        return await _within(coming, max(0.0, self._deadline_s - (self._now() - translation.spoken_at) / 1000))

    async def for_the_rest(self, coming: Awaitable[T]) -> T | None:
        """The same for what belongs to a text of which a part was spoken: whatever the time, but not for ever."""
        return await (coming if self._deadline_s is None else _within(coming, self._deadline_s + self._timeout_s))


async def _within(coming: Awaitable[T], limit_s: float) -> T | None:
    try:
        async with asyncio.timeout(limit_s):
            return await coming
    except TimeoutError:
        return None
