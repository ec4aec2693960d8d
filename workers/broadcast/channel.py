"""Publishes into channels: the only place that writes histories."""

from collections.abc import Callable
from typing import Protocol

from redis.asyncio import Redis

from schemas import channels
from workers.outbox import patiently

_PUBLISH = """
-- KEYS[1] channel; ARGV: segment, number, payload, now, most entries, oldest time, ms to keep
local previous = ''
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then previous = info[i + 1] end
  end
  local segment, number = previous:match('^(%d+)-(%d+)$')
  segment, number = tonumber(segment), tonumber(number)
  if tonumber(ARGV[1]) < segment or (tonumber(ARGV[1]) == segment and tonumber(ARGV[2]) <= number) then return 0 end
end
local id = ARGV[1] .. '-' .. ARGV[2]
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[5], id, 'p', ARGV[3], 'at', ARGV[4])
while true do
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if not first or first[1] == id or tonumber(first[2][4]) >= tonumber(ARGV[6]) then break end
  redis.call('XDEL', KEYS[1], first[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('PUBLISH', KEYS[1], id .. '\\n' .. previous .. '\\n' .. ARGV[3])
return 1
"""


class Channel(Protocol):
    """Where the broadcast stage publishes."""

    async def publish(self, name: str, segment: int, number: int, payload: bytes) -> bool:
        """Appends to the history of channel `name` and publishes; False if (segment, number) is not newer."""

    async def publish_partial(self, name: str, payload: bytes) -> None:
        """Publishes without history."""

    async def note_lag(self, session_id: str, lag_ms: dict[str, int]) -> None:
        """What the last final spent in each stage."""


class RedisChannel:
    """One script per publication. Waits while Redis is away."""

    def __init__(
        self, redis: Redis, now: Callable[[], int], *, most: int, speech_history_s: float, keep_s: float
    ) -> None:
        self._redis, self._now = redis, now
        self._most, self._speech_ms, self._keep_ms = most, round(speech_history_s * 1000), round(keep_s * 1000)
        self._script = redis.register_script(_PUBLISH)

    async def publish(self, name: str, segment: int, number: int, payload: bytes) -> bool:
        """Bounds the history by entries, and that of speech by age as well."""
        now = self._now()
        oldest = now - self._speech_ms if channels.is_speech(name) else 0
        args: list[str | bytes] = [
            str(segment),
            str(number),
            payload,
            str(now),
            str(self._most),
            str(oldest),
            str(self._keep_ms),
        ]
        return bool(await patiently(lambda: self._script(keys=[name], args=args)))

    async def publish_partial(self, name: str, payload: bytes) -> None:
        """As the protocol of channels says: empty id and previous."""
        await patiently(lambda: self._redis.publish(name, b"\n\n" + payload))

    async def note_lag(self, session_id: str, lag_ms: dict[str, int]) -> None:
        """Kept as long as the channels."""
        key = channels.lag_key(session_id)
        if not lag_ms:
            return

        async def note() -> None:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.hset(key, mapping={stage: str(ms) for stage, ms in lag_ms.items()})
            pipeline.pexpire(key, self._keep_ms)
            await pipeline.execute()

        await patiently(note)
