"""How a worker reaches Redis, and what it must find there."""

import asyncio

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.redis_client import redis_client
from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.settings import Settings
from dragoman.runtime.wall_clock import redis_ms
from schemas.channels import Capacity, Resting, capacity_key, resting_key
from schemas.languages import Abilities, Voicing, abilities_key
from workers.outbox import patiently


def connect(settings: Settings) -> Redis:
    """A client that connects at first use."""
    return redis_client(settings.redis, protocol=2, socket_timeout=5, socket_connect_timeout=5)


async def check(redis: Redis) -> None:
    """Raises DragomanError when Redis is away, or would throw away sessions when its memory is full."""
    try:
        policy = (await redis.info("memory"))["maxmemory_policy"]  # a hosted Redis may forbid CONFIG
    except RedisError as error:
        raise DragomanError(f"Redis does not answer ({type(error).__name__}): check DRAGOMAN_REDIS") from error
    if policy != "noeviction":
        raise DragomanError("Redis may evict sessions: set its maxmemory-policy to noeviction")


class AbilitiesNotice:
    """Tells the gateways what the stage can do; a Redis that forgot is told again."""

    def __init__(self, redis: Redis, life: RedisLife, stage: str) -> None:
        self._redis, self._life, self._stage = redis, life, stage
        self._abilities = Abilities(languages={})
        self._telling: asyncio.Task[None] | None = None
        self._watches = False

    async def tell(
        self,
        languages: dict[str, list[str]],
        rough: dict[str, list[str]] | None = None,
        engines: dict[str, dict[str, str]] | None = None,
        voices: dict[str, Voicing] | None = None,
        lacking: dict[str, dict[str, list[str]]] | None = None,
    ) -> None:
        """Tells it as soon as Redis takes it, and in every later life of Redis."""
        self._abilities = Abilities(
            languages=languages, rough=rough or {}, engines=engines or {}, voices=voices or {}, lacking=lacking or {}
        )
        await patiently(self._tell)
        if not self._watches:
            self._watches = True
            self._life.on_change(self._tell_again)

    async def _tell(self) -> None:
        await self._redis.set(abilities_key(self._stage), msgspec.json.encode(self._abilities))

    def _tell_again(self) -> None:
        self._telling = asyncio.create_task(patiently(self._tell))


async def tell_capacity(redis: Redis, instance: str, taken: int, most: int, keep_ms: int) -> None:
    """Tells the gateways for `keep_ms` how many sessions a transcribe worker hears, and can hear. Raises RedisError."""
    capacity = Capacity(until=await redis_ms(redis) + keep_ms, taken=taken, most=most)
    await redis.hset(capacity_key(), instance, msgspec.json.encode(capacity).decode())


async def withdraw_capacity(redis: Redis, instance: str) -> None:
    """The worker hears nobody any more. Raises RedisError."""
    await redis.hdel(capacity_key(), instance)


async def tell_resting(redis: Redis, worker: str, engines: dict[str, list[str]], keep_ms: int) -> None:
    """Tells the gateways for `keep_ms` which engines a worker leaves alone, and for what; none: takes it back. Raises
    RedisError."""
    if not engines:
        await redis.hdel(resting_key(), worker)
        return
    resting = Resting(until=await redis_ms(redis) + keep_ms, engines=engines)
    await redis.hset(resting_key(), worker, msgspec.json.encode(resting).decode())
