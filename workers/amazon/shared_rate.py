"""How often all workers together call a service whose quota is small: Polly's neural voices take 8 requests a second.

Turns are given by Redis, one after the other at equal distances (GCRA). Where Redis is away everybody goes on without:
the service itself says when it is too often.
"""

import asyncio
from typing import Final

import structlog
from redis.exceptions import RedisError

from dragoman.runtime.redis_client import redis_client
from workers.errors import EngineThrottled

log = structlog.get_logger()

PATIENCE_MS: Final = 2_000
"""Nobody waits longer for a turn."""
_ANSWER_S: Final = 1.0
_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
if at - now > tonumber(ARGV[2]) then return -math.ceil(at - now) end
redis.call('SET', KEYS[1], string.format('%.3f', at + ARGV[1]), 'PX', 60000)
return math.ceil(at - now)
"""
"""Returns ms until the turn that was taken, or less than 0: none was, the next one is so many ms away."""


class SharedRate:
    """Of one service."""

    def __init__(self, redis: str, service: str, per_s: float) -> None:
        """`redis`: its URL; `per_s`: turns a second; with 0, or without a Redis, there is no limit."""
        self._key = f"dragoman:rate:amazon:{service}"
        self._apart_ms = 1_000 / per_s if per_s else 0.0
        self._redis = redis_client(redis, protocol=2, socket_timeout=_ANSWER_S) if redis and per_s else None

    async def turn(self) -> None:
        """Returns when it is the caller's turn. Raises EngineThrottled when that would be too long."""
        if self._redis is None:
            return
        try:
            wait_ms = int(await self._redis.eval(_TAKE, 1, self._key, self._apart_ms, PATIENCE_MS))
        except RedisError as error:
            log.warning("redis.away", error=type(error).__name__)
            return
        if wait_ms < 0:
            raise EngineThrottled("(all workers together ask too often)", retry_after_s=-wait_ms / 1_000)
        await asyncio.sleep(wait_ms / 1_000)

    async def close(self) -> None:
        """Closes its connections."""
        if self._redis is not None:
            await self._redis.aclose()
