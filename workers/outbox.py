"""A session's last final, fixed before it is produced, because recognition is not deterministic.

Two workers that hear the same speech (one of them a zombie) would cut it differently. The one whose final begins
where the last one ends wins; the other learns it. A final that begins above it is fixed, too: a lane knows such an end
only because it was fixed before, in a Redis that has since lost its last second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError

from schemas import channels
from schemas.messages import Transcript

log = structlog.get_logger()
T = TypeVar("T")

_FIX = """
local until_ = redis.call('HGET', KEYS[1], 'until')
if until_ and tonumber(ARGV[1]) < tonumber(until_) then
  if until_ == ARGV[2] and redis.call('HGET', KEYS[1], 'transcript') == ARGV[3] then return 1 end
  return 0
end
redis.call('HSET', KEYS[1], 'until', ARGV[2], 'transcript', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""


class Outbox(Protocol):
    """Where a session's last final is fixed."""

    async def last(self, session_id: str) -> Transcript | None:
        """The last final, if any."""

    async def fix(self, session_id: str, final: Transcript) -> bool:
        """True if `final` does not begin below the last one's end, or is that very one; False if another was first."""


class RedisOutbox:
    """One hash per session. Waits while Redis is away."""

    def __init__(self, redis: Redis, keep_ms: int) -> None:
        self._redis = redis
        self._keep_ms = keep_ms
        self._script = redis.register_script(_FIX)

    async def last(self, session_id: str) -> Transcript | None:
        """The last final, if any."""
        found = await patiently(lambda: self._redis.hget(channels.outbox_key(session_id), "transcript"))
        return msgspec.json.decode(found, type=Transcript) if found else None

    async def fix(self, session_id: str, final: Transcript) -> bool:
        """Compares and sets in one script."""
        args: list[str | bytes] = [str(final.segment), str(final.until), msgspec.json.encode(final), str(self._keep_ms)]
        return bool(await patiently(lambda: self._script(keys=[channels.outbox_key(session_id)], args=args)))


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Calls until Redis answers, has memory and may be written. Waiting mends no other error: they are raised."""
    delay = 0.05
    while True:
        try:
            return await call()
        except (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError) as error:
            log.warning("redis.away", error=type(error).__name__, retry_s=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, 1.0)


class MemoryOutbox:
    """For replays and tests: one process, nothing kept."""

    def __init__(self) -> None:
        self._last: dict[str, Transcript] = {}

    async def last(self, session_id: str) -> Transcript | None:
        """The last final, if any."""
        return self._last.get(session_id)

    async def fix(self, session_id: str, final: Transcript) -> bool:
        """As in Redis."""
        last = self._last.get(session_id)
        if last is not None and final.segment < last.until and last != final:
            return False
        self._last[session_id] = final
        return True
