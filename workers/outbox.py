"""A session's last final, fixed before it is produced, because recognition is not deterministic.

Two workers that hear the same speech (one of them a zombie) would cut it differently. The one whose final begins
where the last one ends wins; the other learns it. Redis can forget, whole or its last second, when it restarts: so a
final is fixed only in the life of Redis (its run id) in which the lane made sure what the last one is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple, Protocol, TypeVar

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

_LIFE = "local life = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')\n"
_LAST = _LIFE + "return {life, redis.call('HGET', KEYS[1], 'transcript')}"
_FIX = (
    _LIFE
    + """
-- KEYS: outbox. ARGV: life, where the final begins and ends, the final as JSON, ms to keep
if life ~= ARGV[1] then return 'another-life' end
local until_ = redis.call('HGET', KEYS[1], 'until')
if until_ and tonumber(ARGV[2]) < tonumber(until_) then
  if until_ == ARGV[3] and redis.call('HGET', KEYS[1], 'transcript') == ARGV[4] then return 'fixed' end
  return 'overtaken'
end
redis.call('HSET', KEYS[1], 'until', ARGV[3], 'transcript', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 'fixed'
"""
)

Fixing = Literal["fixed", "overtaken", "another-life"]
"""`overtaken`: another final was first; `another-life`: Redis may have forgotten, so that nothing was compared."""


class Known(NamedTuple):
    """What an outbox knows of a session."""

    final: Transcript | None
    """The last final, if any."""
    life: str
    """The life of Redis that knows it."""


class Outbox(Protocol):
    """Where a session's last final is fixed."""

    async def last(self, session_id: str) -> Known:
        """The last final, and in which life."""

    async def fix(self, session_id: str, final: Transcript, life: str) -> Fixing:
        """Fixes `final` if in this `life` none ends above its beginning, or if it is that very one.

        A lane that begins above the outbox's last end knows a later one from Kafka, fixed in an earlier life.
        """


class RedisOutbox:
    """One hash per session. Waits while Redis is away."""

    def __init__(self, redis: Redis, keep_ms: int) -> None:
        self._keep_ms = keep_ms
        self._last, self._fix = redis.register_script(_LAST), redis.register_script(_FIX)

    async def last(self, session_id: str) -> Known:
        """The last final, and in which life."""
        life, found = await patiently(lambda: self._last(keys=[channels.outbox_key(session_id)]))
        return Known(msgspec.json.decode(found, type=Transcript) if found else None, life.decode())

    async def fix(self, session_id: str, final: Transcript, life: str) -> Fixing:
        """Compares and sets in one script."""
        where = [str(final.segment), str(final.until)]
        args: list[str | bytes] = [life, *where, msgspec.json.encode(final), str(self._keep_ms)]
        answer = await patiently(lambda: self._fix(keys=[channels.outbox_key(session_id)], args=args))
        fixing: Fixing = msgspec.convert(answer.decode(), Fixing)
        return fixing


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
        self._life = 1

    def forget(self) -> None:
        """Begins another life, without memory."""
        self._last.clear()
        self._life += 1

    async def last(self, session_id: str) -> Known:
        """The last final, and in which life."""
        return Known(self._last.get(session_id), str(self._life))

    async def fix(self, session_id: str, final: Transcript, life: str) -> Fixing:
        """As in Redis."""
        if life != str(self._life):
            return "another-life"
        last = self._last.get(session_id)
        if last is not None and final.segment < last.until and last != final:
            return "overtaken"
        self._last[session_id] = final
        return "fixed"
