"""A session's last final, fixed before it is produced, because recognition is not deterministic.

Two workers that hear the same speech (one of them a zombie) would cut it differently. The one whose final follows the
last one wins; the other learns it. Both must have looked at what Kafka holds during this life of Redis: one that lost
its memory, or was restored from a second ago, would else let a second version pass.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
import structlog
from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from schemas import channels
from schemas.messages import Transcript
from workers.waiting import FOR_SERVERS

log = structlog.get_logger()
FIRST_DELAY_S, LONGEST_DELAY_S = 0.05, 0.3
"""How long is waited before Redis is asked again: many wait, each in its own rhythm, and captions wait with them."""
T = TypeVar("T")

_LIFE = "local life = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')\n"

_LAST = (
    _LIFE
    + """
return {life, redis.call('HGET', KEYS[1], 'transcript') or '', redis.call('EXISTS', KEYS[1])}
"""
)

_REMEMBER = (
    _LIFE
    + """
if life ~= ARGV[1] then return 0 end
if redis.call('GET', KEYS[2]) == 'deleted' then return 1 end
local until_ = redis.call('HGET', KEYS[1], 'until')
if ARGV[2] == '' then
  redis.call('HSET', KEYS[1], 'begun', '1')
elseif not until_ or tonumber(until_) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'until', ARGV[2], 'transcript', ARGV[3])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""
)

_FIX = (
    _LIFE
    + """
if life ~= ARGV[1] then return 0 end
if redis.call('GET', KEYS[2]) == 'deleted' then return 1 end
local until_ = redis.call('HGET', KEYS[1], 'until') or ''
if until_ ~= ARGV[2] then
  if until_ == ARGV[3] and redis.call('HGET', KEYS[1], 'transcript') == ARGV[4] then return 1 end
  return 0
end
redis.call('HSET', KEYS[1], 'until', ARGV[3], 'transcript', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
"""
)


class Remembered(NamedTuple):
    """What the outbox knows of a session."""

    life: str
    """Run id of the Redis that said so."""
    final: Transcript | None
    """The last final."""
    known: bool
    """It has heard of the session: without a final there was none, unless it was a second ago."""


class Outbox(Protocol):
    """Where a session's last final is fixed."""

    async def last(self, session_id: str) -> Remembered:
        """What it knows of the session."""

    async def remember(self, session_id: str, final: Transcript | None, life: str) -> bool:
        """Keeps the last final as it was found elsewhere, or that there is none; a later one stays.

        False, and nothing is kept, in another life than `life`.
        """

    async def fix(self, session_id: str, final: Transcript, after: int | None, life: str) -> bool:
        """True if the last final ends at `after` (None: there is none), or is this very one: the call was tried again.

        False, and nothing is fixed, if another was first, or in another life than `life`.
        """


class RedisOutbox:
    """One hash per session. Waits while Redis is away.

    Of a session that was deleted nothing is kept; what is still heard of it goes on to Kafka as if it were.
    """

    def __init__(self, redis: Redis, keep_ms: int, key_of: Callable[[str], str] = channels.outbox_key) -> None:
        """`key_of` a session names the hash."""
        self._redis, self._key_of = redis, key_of
        self._keep_ms = str(keep_ms)
        self._last, self._remember, self._fix = (redis.register_script(text) for text in (_LAST, _REMEMBER, _FIX))

    async def last(self, session_id: str) -> Remembered:
        """Asks for the final and for the life in one script."""
        life, final, known = await self._call(self._last, session_id)
        return Remembered(life.decode(), msgspec.json.decode(final, type=Transcript) if final else None, bool(known))

    async def remember(self, session_id: str, final: Transcript | None, life: str) -> bool:
        """Compares and sets in one script."""
        kept = (str(final.until), msgspec.json.encode(final)) if final else ("", "")
        return bool(await self._call(self._remember, session_id, life, *kept, self._keep_ms))

    async def fix(self, session_id: str, final: Transcript, after: int | None, life: str) -> bool:
        """Compares and sets in one script."""
        before = "" if after is None else str(after)
        encoded = msgspec.json.encode(final)
        return bool(await self._call(self._fix, session_id, life, before, str(final.until), encoded, self._keep_ms))

    async def _call(self, script: AsyncScript, session_id: str, *args: str | bytes) -> Any:
        keys = [self._key_of(session_id), channels.code_key_of(session_id)]
        return await patiently(lambda: script(keys=keys, args=list(args)))


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Calls until Redis answers, has memory and takes writes. Waiting mends no other error: they are raised."""
    delay = FIRST_DELAY_S
    while True:
        try:
            return await call()
        except (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError, ResponseError) as error:
            if type(error) is ResponseError and not _cannot_write(error):
                raise
            log.warning("redis.away", error=type(error).__name__, retry_s=delay, disk=_cannot_write(error))
            with FOR_SERVERS.wait():
                await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY_S) * random.uniform(0.8, 1.2)


def _cannot_write(error: Exception) -> bool:
    """Redis cannot write its files (a full disk), and takes nothing until it can."""
    return "MISCONF" in str(error)


class MemoryOutbox:
    """For replays and tests: one process, one life, nothing kept."""

    def __init__(self) -> None:
        self.life = "memory"
        self._last: dict[str, Transcript | None] = {}

    async def last(self, session_id: str) -> Remembered:
        """As in Redis."""
        return Remembered(self.life, self._last.get(session_id), session_id in self._last)

    async def remember(self, session_id: str, final: Transcript | None, life: str) -> bool:
        """As in Redis."""
        if life != self.life:
            return False
        last = self._last.get(session_id)
        self._last[session_id] = final if final and (last is None or last.until < final.until) else last
        return True

    async def fix(self, session_id: str, final: Transcript, after: int | None, life: str) -> bool:
        """As in Redis."""
        last = self._last.get(session_id)
        if life != self.life or (last != final and (last.until if last else None) != after):
            return False
        self._last[session_id] = final
        return True
