"""What comes soon after something else went to the log goes together with what follows."""

import asyncio

from dragoman.runtime.rhythm import Rhythm


class Departures:
    """Of one process."""

    def __init__(self, rhythm: Rhythm | None = None) -> None:
        self._rhythm = rhythm or Rhythm()
        self._gate: asyncio.Event | None = None
        """Opens for all who wait for it."""

    async def turn(self) -> None:
        """Returns at once, or together with all others at the next departure."""
        loop = asyncio.get_running_loop()
        if self._gate is None:
            wait_s = self._rhythm.wait_s(loop.time())
            if not wait_s:
                self._rhythm.turn(loop.time())
                return
            self._gate = asyncio.Event()
            loop.call_later(wait_s, self._open, self._gate)
        await self._gate.wait()

    def _open(self, gate: asyncio.Event) -> None:
        self._gate = None
        self._rhythm.turn(asyncio.get_running_loop().time())
        gate.set()
