"""Whether a history may still get back what Redis forgot: the broadcast workers read it from Kafka."""

from typing import Any

from redis.asyncio import Redis

from dragoman.runtime.redis_life import RedisLife
from dragoman.runtime.wall_clock import now_ms
from schemas.channels import filled_key
from schemas.messages import Session

FILL_S = 60.0
"""How long after Redis was started again its histories are waited for, if nobody says that they are whole."""


class Refill:
    """The histories of a session, from one or more topics, under the present life of Redis."""

    def __init__(self, redis: "Redis", life: RedisLife, session: Session, *topics: str) -> None:
        self._redis: Any = redis  # redis-py's types do not know that answers are bytes
        self._life, self._session = life, session
        self._keys = [filled_key(topic, session.partition) for topic in topics]

    async def under_way(self) -> bool:
        """Whether what is missing may still come. Asks Redis itself: it may have been started again a moment ago.

        Raises RedisError.
        """
        run_id = await self._life.look()
        # Redis tells its age as a difference of whole seconds, up to one too many; what this process has seen is exact.
        began_ms = now_ms() - max(self._life.age_s - 1, self._life.unbroken_s) * 1000
        if self._life.age_s > FILL_S or self._session.created_at > began_ms:
            return False  # a session that is younger than this life had nothing to lose
        filled: list[bytes | None] = await self._redis.mget(self._keys)
        return set(filled) != {run_id.encode()}
