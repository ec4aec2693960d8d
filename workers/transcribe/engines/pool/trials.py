"""Sessions at which a process ended by itself: each is heard in a process of its own until it is proven harmless."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from workers.errors import EngineKilled
from workers.transcribe.engines.pool.link import PoolProcess

AT_ONCE: Final = 2
"""Processes beside the shared ones: many suspects at once must not take the machine from those who are none."""
TURN_S: Final = 10.0
"""Seconds that a suspect waits in one try: less than what its lane allows an engine for an answer."""


class Trials:
    """Whoever finds no place waits, and nobody else with it."""

    def __init__(self, start: Callable[[], Awaitable[PoolProcess]], turn_s: float = TURN_S) -> None:
        self._start, self._turn_s = start, turn_s
        self._places = asyncio.Semaphore(AT_ONCE)
        self._suspects: dict[str, int] = {}
        """Up to which position the audio of a session may be what ended the process."""
        self._waiting = 0
        self.links: list[PoolProcess] = []
        """The processes, of one session each."""

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._suspects

    @property
    def sessions(self) -> int:
        """Those in the processes, and those that wait."""
        return self._waiting + sum(link.sessions for link in self.links if link.alive)

    def suspect(self, session_id: str, until: int) -> None:
        """A process ended while it worked on this session, which had been fed up to `until`."""
        self._suspects[session_id] = max(until, self._suspects.get(session_id, until))

    def acquit(self, link: PoolProcess, session_id: str, until: int) -> bool:
        """What a process said accounts for the audio up to `until`; True when that was all that is suspect.

        Only in its own process: beside it the session may be heard live while a hole of it is tried.
        """
        suspect_until = self._suspects.get(session_id)
        if suspect_until is None or until < suspect_until or link not in self.links:
            return False
        del self._suspects[session_id]
        return True

    async def begin(self) -> PoolProcess:
        """A process of its own, once there is a place. Raises EngineKilled when there is none for long: that counts as
        a try without evidence. EngineUnavailable, EngineCrashed."""
        self._waiting += 1
        try:
            async with asyncio.timeout(self._turn_s):
                await self._places.acquire()
        except TimeoutError as error:
            raise EngineKilled("(others are tried first)") from error
        finally:
            self._waiting -= 1
        try:
            link = await self._start()
        except BaseException:
            self._places.release()
            raise
        self.links.append(link)
        return link

    async def end(self, link: PoolProcess) -> None:
        """Ends the process; the next suspect has its place."""
        if link in self.links:
            self.links.remove(link)
            try:
                await link.close()
            finally:
                self._places.release()

    async def close(self) -> None:
        """Ends all processes."""
        for link in tuple(self.links):
            await self.end(link)
