"""The speaker's clock in the server's time."""

from collections import deque

WINDOW_MS = 60_000
OLDEST_MS = 300_000
"""No audio is taken to be older than this: clients keep 60 s to send again."""


SET_BACK_MS = 2_000
"""A client's time that goes back by more than this was set, not measured."""


class ClockOffset:
    """Server clock = client clock + offset.

    A message cannot arrive before it was sent, so the least difference seen within a minute (NTP's minimum filter) is
    the nearest to the true offset; audio that was kept and sent again only makes larger ones.
    """

    def __init__(self) -> None:
        self._least: deque[tuple[int, int]] = deque()
        self._captured_until = 0

    def observe(self, client_ms: int, now_ms: int) -> None:
        """Something that the client wrote at `client_ms` or later arrived at `now_ms`."""
        difference = now_ms - client_ms
        while self._least and self._least[-1][1] >= difference:
            self._least.pop()
        self._least.append((now_ms, difference))
        while self._least[0][0] < now_ms - WINDOW_MS:
            self._least.popleft()

    def captured_at(self, client_ms: int, duration_ms: int, now_ms: int) -> int:
        """When audio of `duration_ms` began, Unix ms of the server: never so late that its end lies ahead.

        To be asked in the order in which the audio was captured. A client's clock that was set back, or a mistaken
        time, would make everything look old for a minute: what was seen before it is forgotten.
        """
        until = client_ms + duration_ms
        if client_ms < self._captured_until - SET_BACK_MS or (
            self._least and client_ms + self._least[0][1] < now_ms - OLDEST_MS
        ):
            self._least.clear()
        self._captured_until = until
        self.observe(until, now_ms)
        captured = client_ms + self._least[0][1]
        return max(min(captured, now_ms - duration_ms), now_ms - OLDEST_MS)
