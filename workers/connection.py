"""How a worker reaches Redis, and what it must find there."""

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings
from schemas.languages import Abilities, abilities_key


def connect(settings: Settings) -> Redis:
    """A client that connects at first use."""
    return Redis.from_url(settings.redis, protocol=2, socket_timeout=5, socket_connect_timeout=5)


async def check(redis: Redis) -> None:
    """Raises DragomanError when Redis is away, or would throw away sessions when its memory is full."""
    try:
        policy = (await redis.info("memory"))["maxmemory_policy"]  # a hosted Redis may forbid CONFIG
    except RedisError as error:
        raise DragomanError(f"Redis does not answer ({type(error).__name__}): check DRAGOMAN_REDIS") from error
    if policy != "noeviction":
        raise DragomanError("Redis may evict sessions: set its maxmemory-policy to noeviction")


async def tell_abilities(redis: Redis, stage: str, languages: dict[str, list[str]]) -> None:
    """Tells the gateways what the stage can do."""
    await redis.set(abilities_key(stage), msgspec.json.encode(Abilities(languages=languages)))
