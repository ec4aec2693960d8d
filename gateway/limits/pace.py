"""How fast one socket may send messages."""

BURST_S = 2.0
"""So many seconds' worth of messages may come at once, if nothing else is said."""
ABUSE_S = 10.0
"""So many seconds' worth beyond it are abuse."""
EPSILON = 1e-6
"""Of a message: who waits exactly as long as was said is not refused for a rounding."""


class MessagePace:
    """A token bucket that goes into debt: each message costs one, refused or not. Time is an argument, in seconds."""

    __slots__ = ("_at", "_capacity", "_level", "_per_s")

    def __init__(self, per_s: float, now: float, *, burst_s: float = BURST_S) -> None:
        self._per_s = per_s
        self._level = self._capacity = per_s * burst_s
        self._at = now

    def take(self, now: float) -> float:
        """Counts one message; answers after how many seconds the next may pass, 0 when this one may."""
        self._level = min(self._capacity, self._level + max(now - self._at, 0.0) * self._per_s) - 1
        self._at = now
        return (1 - self._level) / self._per_s if self._level < -EPSILON else 0.0

    @property
    def abusive(self) -> bool:
        """Whoever is told to wait and never does."""
        return self._level < -self._per_s * ABUSE_S
