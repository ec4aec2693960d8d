"""The queue of holes in Redis: what lanes passed over, and which worker fills which hole now."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import msgspec
import structlog
from redis.asyncio import Redis

from schemas.channels import (
    DELETED,
    Hole,
    Known,
    code_key_of,
    hole_claim_key,
    holes_key,
    holes_known_key,
    searching_key,
)
from workers.outbox import patiently

log = structlog.get_logger()

CLAIM_MS: Final = 15_000
"""For how long a hole is left to the worker that claimed it last."""
SEARCH_MS: Final = 60_000
"""The same for the search in Kafka."""

Keep = Callable[[Hole], Awaitable[None]]
"""Puts a hole into the queue."""


class Holes(Protocol):
    """What the filling needs of the queue."""

    async def keep(self, hole: Hole) -> None:
        """Puts it into the queue, unless it is there."""

    async def waiting(self) -> list[Hole]:
        """All of them, those first that were announced first."""

    async def claim(self, hole: Hole) -> bool:
        """True when nobody else fills it, and it is still in the queue."""

    async def renew(self, hole: Hole) -> None:
        """It is being filled."""

    async def release(self, hole: Hole, *, over: bool) -> None:
        """It no longer is; `over`: nor need it be."""

    async def deleted(self, session_id: str) -> bool:
        """Of this session nothing is to be made any more."""

    async def known(self) -> Known | None:
        """Since when Redis knows all holes; None: it forgot."""

    async def know(self, known: Known) -> None:
        """It knows all that were announced before."""

    async def search(self) -> bool:
        """True when no other worker is reading back which holes there are."""


class RedisHoles:
    """Waits while Redis is away. A claim saves work; that nothing is made twice, the outbox of a hole sees to."""

    def __init__(self, redis: Redis, instance: str) -> None:
        """`instance` names the worker."""
        self._redis: Any = redis
        self._instance = instance

    async def keep(self, hole: Hole) -> None:
        """One field of the hash."""
        await patiently(lambda: self._redis.hset(holes_key(), hole.name, msgspec.json.encode(hole)))

    async def waiting(self) -> list[Hole]:
        """The whole hash: few lanes ever jump. What cannot be read is left to another version of the workers."""
        found = await patiently(lambda: self._redis.hgetall(holes_key()))
        holes = [hole for name, value in found.items() if (hole := _decoded(name, value))]
        return sorted(holes, key=lambda hole: (hole.final.transcribed_at, hole.final.segment))

    async def claim(self, hole: Hole) -> bool:
        """A key that expires."""
        name = hole_claim_key(hole.name)
        if not await patiently(lambda: self._redis.set(name, self._instance, px=CLAIM_MS, nx=True)):
            return False
        if await patiently(lambda: self._redis.hexists(holes_key(), hole.name)):
            return True
        await patiently(lambda: self._redis.delete(name))
        return False

    async def renew(self, hole: Hole) -> None:
        """Also in a Redis that forgot it."""
        await patiently(lambda: self._redis.set(hole_claim_key(hole.name), self._instance, px=CLAIM_MS))

    async def release(self, hole: Hole, *, over: bool) -> None:
        """The hole first: who claims it then sees that it is gone."""
        if over:
            await patiently(lambda: self._redis.hdel(holes_key(), hole.name))
        await patiently(lambda: self._redis.delete(hole_claim_key(hole.name)))

    async def deleted(self, session_id: str) -> bool:
        """Looks at its code."""
        return bool(await patiently(lambda: self._redis.get(code_key_of(session_id))) == DELETED.encode())

    async def known(self) -> Known | None:
        """As the last search left it."""
        found = await patiently(lambda: self._redis.get(holes_known_key()))
        return msgspec.json.decode(found, type=Known) if found else None

    async def know(self, known: Known) -> None:
        """For the next look."""
        await patiently(lambda: self._redis.set(holes_known_key(), msgspec.json.encode(known)))

    async def search(self) -> bool:
        """A key that expires, should the worker die."""
        return bool(await patiently(lambda: self._redis.set(searching_key(), self._instance, px=SEARCH_MS, nx=True)))


def _decoded(name: bytes, value: bytes) -> Hole | None:
    try:
        return msgspec.json.decode(value, type=Hole)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("hole.undecodable", hole=name.decode(errors="replace"), error=str(error))
        return None
