"""How often a service is called: as often as somebody wants to, until it says that this is too often. No I/O.

What an account may do is not known here, and others use it, too. So the rate is found out: half of what was too much, a
little more with each answer. Who would have to wait for long is refused at once, and can ask another engine.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from workers.errors import EngineThrottled

LEAST: Final = 0.5
MOST: Final = 100.0
"""Calls a second; from the most on there is no limit."""
PATIENCE_S: Final = 2.0
"""Nobody waits longer for a turn."""
_GROWTH: Final = 0.1
"""Calls a second more with each answer."""
_WINDOW_S: Final = 1.0
"""Over which calls are counted, and in which refusals are one."""


class ServicePace:
    """Of one service in one process. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.rate = float("inf")
        """Calls a second."""
        self._next_at = self._slowed_at = float("-inf")
        self._made: deque[float] = deque()

    def turn_s(self) -> float:
        """Takes a turn: the call may be made in so many seconds. Raises EngineThrottled."""
        now = self._clock()
        at = max(now, self._next_at)
        if at - now > PATIENCE_S:
            raise EngineThrottled("(it was asked too often a moment ago)", retry_after_s=at - now)
        self._next_at = at + 1 / self.rate
        self._made.append(at)
        while self._made[0] < now - _WINDOW_S:
            self._made.popleft()
        return at - now

    def throttled(self, retry_after_s: float) -> None:
        """A call came too often. `retry_after_s`: when the service wants to be asked again; 0: it did not say."""
        now = self._clock()
        self._next_at = max(self._next_at, now + retry_after_s)
        if now - self._slowed_at < _WINDOW_S:
            return  # of the same burst
        self._slowed_at = now
        self.rate = max(LEAST, min(self.rate, len(self._made) / _WINDOW_S) / 2)
        self._next_at = max(self._next_at, now + 1 / self.rate)

    def answered(self) -> None:
        """A call was none too many."""
        self.rate += _GROWTH
        if self.rate >= MOST:
            self.rate = float("inf")
