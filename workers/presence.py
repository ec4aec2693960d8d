"""A worker says in Redis that it is there, for operators."""

import asyncio
from contextlib import suppress
from typing import Any, Final

import msgspec
import structlog
from redis.exceptions import RedisError

from dragoman.runtime.version import version
from dragoman.runtime.wall_clock import now_ms
from schemas.channels import PRESENCE_MS, Presence, processes_key

log = structlog.get_logger()

AGAIN_S: Final = PRESENCE_MS / 3 / 1000
FAREWELL_S: Final = 1.0
"""How long the end waits for a Redis that does not answer."""


class PresenceNotice:
    """Says it again every 5 s; nothing depends on it."""

    def __init__(self, redis: Any, stage: str, instance: str, again_s: float = AGAIN_S) -> None:
        """`instance`: its name among the workers of the stage."""
        self._redis, self._name, self._since, self._again_s = redis, f"{stage} {instance}", now_ms(), again_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From now on."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """No more, and what was said is taken back; if Redis is away it is over soon."""
        if not self._task:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._redis.hdel(processes_key(), self._name)

    async def _run(self) -> None:
        while True:
            there = Presence(until=now_ms() + PRESENCE_MS, version=version(), since=self._since)
            try:
                await self._redis.hset(processes_key(), self._name, msgspec.json.encode(there))
            except (RedisError, OSError) as error:
                log.debug("presence.not_said", error=type(error).__name__)
            await asyncio.sleep(self._again_s)
