"""How fast a speaker may send."""

REFILL = 1.5
"""Seconds of audio a second."""
CAPACITY_S = 120.0


class Bucket:
    """A token bucket of seconds of audio, full at the start. Time is an argument, in seconds of any clock."""

    def __init__(self, now: float) -> None:
        self._level = CAPACITY_S
        self._at = now

    def take(self, seconds: float, now: float) -> float:
        """Takes `seconds` of audio, or nothing: then says after how many seconds that would pass; else 0."""
        self._level = min(CAPACITY_S, self._level + max(now - self._at, 0.0) * REFILL)
        self._at = now
        if seconds > self._level:
            return (seconds - self._level) / REFILL
        self._level -= seconds
        return 0.0
