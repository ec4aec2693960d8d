"""When a speaker is told how far the audio is durable."""

import asyncio
from collections.abc import Callable
from time import monotonic

ACK_S = 0.25
"""At most four a second: an answer to every frame would double the cost of taking audio."""
LATEST_S = 0.4
"""So late an answer goes by itself. Before that it goes with the next audio that is durable: waking up costs more."""


class Acknowledgement:
    """Sends the durable position when it grew: at once after a quiet time, else soon, with what is durable next."""

    def __init__(self, acknowledged: int, send: Callable[[int], None]) -> None:
        self._acknowledged, self._send = acknowledged, send
        self._durable = acknowledged
        self._sent = -ACK_S
        self._timer: asyncio.TimerHandle | None = None

    def durable(self, position: int, *, now: bool = False) -> None:
        """All below `position` is durable; with `now` nobody waits for more."""
        self._durable = max(self._durable, position)
        if self._durable == self._acknowledged:
            return
        since_s = monotonic() - self._sent
        if now or since_s >= ACK_S:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LATEST_S - since_s, self._flush)

    def stop(self) -> None:
        """The socket is gone."""
        if self._timer:
            self._timer.cancel()

    def _flush(self) -> None:
        self.stop()
        self._timer = None
        self._sent = monotonic()
        self._acknowledged = self._durable
        self._send(self._durable)
