"""Tells the gateways how many more sessions this worker can hear, so that one too many is refused before it speaks."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from schemas.channels import Capacity, capacity_key
from workers.transcribe.engine import Places, Recogniser

log = structlog.get_logger()

RENEW_S: Final = 5.0
COUNTS_MS: Final = 15_000
"""How long what was told counts."""


def places_of(recognisers: Sequence[Recogniser]) -> Places | None:
    """Of all engines together; None when one of them takes any number."""
    places = [recogniser.places for recogniser in recognisers]
    known = [each for each in places if each is not None]
    if len(known) < len(places):
        return None
    return Places(sum(each.taken for each in known), sum(each.most for each in known))


class Vacancies:
    """This worker's entry in Redis, renewed until `stop`. A worker that takes any number has none."""

    def __init__(self, redis: Redis, instance: str, recognisers: Sequence[Recogniser]) -> None:
        self._redis, self._instance, self._recognisers = redis, instance, recognisers
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Tells from now on."""
        if places_of(self._recognisers) is not None:
            self._task = asyncio.create_task(self._tell_on())

    async def stop(self) -> None:
        """Takes the entry back."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self._redis.hdel(capacity_key(), self._instance)
        except (RedisError, OSError) as error:
            log.warning("vacancies.not_taken_back", error=type(error).__name__)

    async def tell(self) -> None:
        """Tells once. Raises RedisError, OSError."""
        places = places_of(self._recognisers)
        assert places is not None
        seconds, micros = await self._redis.time()
        until = seconds * 1000 + micros // 1000 + COUNTS_MS
        entry = msgspec.json.encode(Capacity(until=until, **places._asdict()))
        await self._redis.hset(capacity_key(), self._instance, entry)

    async def _tell_on(self) -> None:
        while True:
            try:
                await self.tell()
            except (RedisError, OSError) as error:
                log.warning("vacancies.not_told", error=type(error).__name__)
            await asyncio.sleep(RENEW_S)
