"""How many sessions somebody has at once: of an owner, or of an address where anyone may speak."""

import hashlib
from typing import Any

from schemas.channels import owned_key, speakers_key

CLAIM_MS = 15_000
"""So long a session may take from its claim until it is among the live ones."""
KEPT_MS = 24 * 3_600_000
"""So long Redis knows an owner after the last session was created."""


class Owned:
    """The sessions of each owner, in Redis; which of them are live is what `speakers` says. Raises RedisError."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    async def claim(self, owner: str, session_id: str, most: int, now_ms: int) -> bool:
        """Notes a session that is about to be created, unless the owner has `most` live ones.

        Two at once may both be refused at the edge, but never both be taken beyond it.
        """
        key = self._key(owner)
        await self._redis.zadd(key, {session_id: now_ms})
        await self._redis.pexpire(key, KEPT_MS)
        if await self._live(key, now_ms) <= most:
            return True
        await self._redis.zrem(key, session_id)
        return False

    async def release(self, owner: str, session_id: str) -> None:
        """The session did not come to be."""
        await self._redis.zrem(self._key(owner), session_id)

    async def _live(self, key: str, now_ms: int) -> int:
        """Counts the owner's sessions that live or are being created, and forgets the others."""
        claims = await self._redis.zrange(key, 0, -1, withscores=True)
        seen = await self._redis.zmscore(speakers_key(), [session_id for session_id, _ in claims])
        over = [
            session_id
            for (session_id, claimed_ms), alive in zip(claims, seen, strict=True)
            if alive is None and now_ms - claimed_ms > CLAIM_MS
        ]
        if over:
            await self._redis.zrem(key, *over)
        return len(claims) - len(over)

    def _key(self, owner: str) -> str:
        return owned_key(hashlib.blake2b(owner.encode(), digest_size=12).hexdigest())
