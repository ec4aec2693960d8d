"""How often something is done at most, so that what comes meanwhile is done together: by far the most of what a record
costs is the waking up for it. No I/O."""

from typing import Final

EVERY_S: Final = 0.02
AT_ONCE: Final = 3


class Rhythm:
    """`at_once` turns may follow each other at once, then there is one each `every_s`. Who comes alone never waits."""

    def __init__(self, every_s: float = EVERY_S, at_once: int = AT_ONCE) -> None:
        self._every_s, self._ahead_s = every_s, every_s * (at_once - 1)
        self._next = 0.0

    def wait_s(self, now: float) -> float:
        """How long it is until the next turn; `now` in seconds of any clock that runs evenly."""
        return max(0.0, self._next - self._ahead_s - now)

    def turn(self, now: float) -> None:
        """A turn is taken."""
        self._next = max(self._next, now) + self._every_s
