"""Which engines a worker leaves alone, told to the gateways, so that speakers can learn it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()

LOOK_S: Final = 5.0
KEEP_MS: Final = 15_000
"""For how long what was told counts."""

Engines = dict[str, list[str]]
"""Operations by engine."""


class RestingNotice:
    """Looks every 5 s. Nothing is told while nothing rests."""

    def __init__(self, resting: Callable[[], Engines], tell: Callable[[Engines, int], Awaitable[None]]) -> None:
        """`tell` the engines, and for how many ms that counts; none: it is over."""
        self._resting, self._tell = resting, tell
        self._told = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From now on."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Takes back what was told."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._told:
            await self._say({})

    async def look(self) -> None:
        """Tells what there is to tell."""
        engines = self._resting()
        if engines or self._told:
            await self._say(engines)

    async def _run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def _say(self, engines: Engines) -> None:
        try:
            await self._tell(engines, KEEP_MS)
            self._told = bool(engines)
        except RedisError as error:
            log.warning("redis.away", error=type(error).__name__)
