"""How many sessions a worker can hear at once, told to the gateways, which then open no session too many."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from redis.exceptions import RedisError

from workers.transcribe.engine import Recogniser

log = structlog.get_logger()

TELL_S: Final = 5.0
KEEP_MS: Final = 15_000
"""For how long what was told counts."""

Tell = Callable[[int, int, int], Awaitable[None]]
"""Sessions heard now, sessions that can be heard, and for how many ms that counts."""


def capacity_of(recognisers: Sequence[Recogniser]) -> tuple[int, int] | None:
    """Of a chain: what the first cannot hear goes to the next one. None: as many as come."""
    taken, most = 0, 0
    for recogniser in recognisers:
        if recogniser.capacity is None:
            return None
        taken, most = taken + recogniser.capacity[0], most + recogniser.capacity[1]
    return taken, most


class CapacityNotice:
    """Renewed every 5 s, so that a worker that died is soon not counted on. No limit is not told."""

    def __init__(
        self, capacity: Callable[[], tuple[int, int] | None], tell: Tell, withdraw: Callable[[], Awaitable[None]]
    ) -> None:
        """`capacity`: sessions that are heard now, and that can be heard; None: as many as come."""
        self._capacity, self._tell, self._withdraw = capacity, tell, withdraw
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Tells it now, and from now on every 5 s."""
        if self._capacity() is not None:
            await self._renew()
            self._task = asyncio.create_task(self._keep_telling())

    async def stop(self) -> None:
        """Takes it back."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await _unless_away(self._withdraw())

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(TELL_S)
            await self._renew()

    async def _renew(self) -> None:
        capacity = self._capacity()
        if capacity is not None:
            await _unless_away(self._tell(*capacity, KEEP_MS))


async def _unless_away(call: Awaitable[None]) -> None:
    try:
        await call
    except RedisError as error:
        log.warning("redis.away", error=type(error).__name__)
