"""Whether a recogniser is free for one more session."""

from typing import Any

import msgspec

from dragoman.runtime.wall_clock import redis_ms
from gateway.errors import RefusedError
from schemas.channels import Capacity, capacity_key

_capacity = msgspec.json.Decoder(Capacity)

AGAIN_MS = 30_000


async def check_capacity(redis: Any) -> None:
    """Raises RefusedError when every recogniser is taken; without any word of them there is no limit. RedisError."""
    now_ms = await redis_ms(redis)
    rows = [_capacity.decode(row) for row in (await redis.hgetall(capacity_key())).values()]
    now = [row for row in rows if row.until > now_ms]
    if now and sum(row.taken for row in now) >= sum(row.most for row in now):
        raise RefusedError("at-capacity", "No recogniser is free: try again later.", retry_after_ms=AGAIN_MS)
