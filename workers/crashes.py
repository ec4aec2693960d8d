"""What a process was working on when it crashed, and how often a record was there: kept in Redis, which outlives it."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from dragoman.runtime.settings import Settings
from schemas.channels import crashes_key, working_key

ANSWER_S = 0.5
"""Work never waits longer than this for Redis."""
KEEP_S = 86_400


SUSPECT, CONVICTED = 2, 3
"""Crashes."""


class Place(NamedTuple):
    """Where a record is."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def parse(cls, text: bytes | str) -> "Place":
        """The place that `str` wrote."""
        topic, partition, offset = (text.decode() if isinstance(text, bytes) else text).rsplit(":", 2)
        return cls(topic, int(partition), int(offset))

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


def guilty(places: list[Place], counts: dict[Place, int]) -> list[Place]:
    """For which of the places that were worked on a crash counts: it convicts only what was worked on alone."""
    return places if len(places) == 1 else [place for place in places if counts.get(place, 0) < SUSPECT]


class Crashes(Protocol):
    """All methods raise OSError or RedisError while it is away."""

    async def count_former(self) -> list[Place]:
        """Counts a crash for every place that the process's former life worked on, and forgets these."""

    async def counts(self) -> dict[Place, int]:
        """How many crashes each place has, in all processes of the stage."""

    async def work_on(self, begun: Iterable[Place], done: Iterable[Place]) -> None:
        """Notes what is worked on from now on, and what no more."""

    async def blame(self, places: Iterable[Place]) -> None:
        """Counts the coming crash for these places alone."""

    async def clear(self, place: Place) -> None:
        """Takes back all crashes of a place."""

    async def forget(self) -> None:
        """The process ends as it should: nothing is worked on."""

    async def close(self) -> None:
        """Ends the connection."""


class RedisCrashes:
    """One hash for the process, one for the stage."""

    def __init__(self, settings: Settings, stage: str, instance: str) -> None:
        self._redis = Redis.from_url(
            settings.redis,
            protocol=2,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._working, self._crashes = working_key(stage, instance), crashes_key(stage)

    async def count_former(self) -> list[Place]:
        """In one transaction: a crash meanwhile counts nothing twice."""
        places = [Place.parse(field) for field in await self._redis.hkeys(self._working)]
        await self._count(guilty(places, await self.counts()))
        return places

    async def counts(self) -> dict[Place, int]:
        """Of all places."""
        found = await self._redis.hgetall(self._crashes)
        return {Place.parse(field): int(count) for field, count in found.items()}

    async def work_on(self, begun: Iterable[Place], done: Iterable[Place]) -> None:
        """One round trip."""
        async with self._redis.pipeline(transaction=False) as pipe:
            if new := [text for place in begun for text in (str(place), "")]:
                pipe.hset(self._working, items=new)
            if gone := [str(place) for place in done]:
                pipe.hdel(self._working, *gone)
            pipe.expire(self._working, KEEP_S)
            await pipe.execute()

    async def blame(self, places: Iterable[Place]) -> None:
        """Nothing else is suspected."""
        await self._count(list(places))

    async def clear(self, place: Place) -> None:
        """It did no harm."""
        await self._redis.hdel(self._crashes, str(place))

    async def forget(self) -> None:
        """Deletes the process's hash."""
        await self._redis.delete(self._working)

    async def close(self) -> None:
        """Ends the connection."""
        await self._redis.aclose()

    async def _count(self, places: list[Place]) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            for place in places:
                pipe.hincrby(self._crashes, str(place), 1)
            pipe.expire(self._crashes, KEEP_S)
            pipe.delete(self._working)
            await pipe.execute()
