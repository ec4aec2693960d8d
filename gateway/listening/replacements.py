"""How often listeners took the place of their own older sockets: two that share a token would do so in turns."""

from collections import Counter, deque
from collections.abc import Callable
from time import monotonic

WITHIN_S = 10.0
OFTEN = 3
"""So many times within `WITHIN_S` are two that share a token, and no bad network."""


class Replacements:
    """Those of one gateway."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._newest: deque[tuple[float, str]] = deque()
        self._times: Counter[str] = Counter()

    def note(self, listener_id: str) -> None:
        """A socket of this listener was replaced by a newer one."""
        self._forget()
        self._newest.append((self._clock(), listener_id))
        self._times[listener_id] += 1

    def often(self, listener_id: str) -> bool:
        """Whether several listeners seem to share this id."""
        self._forget()
        return self._times[listener_id] >= OFTEN

    def _forget(self) -> None:
        while self._newest and self._newest[0][0] <= self._clock() - WITHIN_S:
            _, listener_id = self._newest.popleft()
            self._times[listener_id] -= 1
            if not self._times[listener_id]:
                del self._times[listener_id]
