"""Publishes into channels: the only place that writes histories."""

from collections.abc import Callable
from typing import Protocol

import msgspec
from redis.asyncio import Redis

from schemas import channels
from workers.broadcast.entries import Entry
from workers.outbox import patiently
from workers.stage import Record

_PUBLISH = """
-- KEYS: channel, filled; ARGV: segment, number, payload, now, most entries, oldest time, ms to keep, run id under which
-- the histories are being filled (else empty)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if ARGV[8] ~= run and redis.call('GET', KEYS[2]) ~= run then return -1 end
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

_FILLED = """
-- KEYS: filled; ARGV: a run id, empty: none is known to have made the histories whole. Answers the run id of now.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if ARGV[1] == run then redis.call('SET', KEYS[1], run) end
return {run, redis.call('GET', KEYS[1]) == run and 1 or 0}
"""


class Channel(Protocol):
    """Where the broadcast stage publishes."""

    async def publish(self, record: Record, entry: Entry) -> bool:
        """Appends what `record` became to its channel's history and publishes it; False if it is not newer."""

    async def publish_partial(self, name: str, payload: bytes) -> None:
        """Publishes without history."""

    async def note_lag(self, session_id: str, lag_ms: dict[str, int]) -> None:
        """What the last final spent in each stage."""

    async def tell(self, session_id: str, control: channels.Control) -> None:
        """Tells the gateways that have the session."""


class ForgottenError(Exception):
    """This life of Redis may lack what the partition's histories had: they must be filled first."""


class RedisChannel:
    """One script per publication. Waits while Redis is away.

    Redis itself knows whether the histories of a partition are whole: a note of them holds the run id under which
    they were filled, so that any other life (a restart, a restore, a failover) takes nothing new before that.
    """

    def __init__(
        self,
        redis: Redis,
        now: Callable[[], int],
        *,
        most: int,
        speech_history_s: float,
        live_s: float,
        ended_s: float,
    ) -> None:
        """Bounds histories by `most` entries, and those of speech by age; keeps a channel `live_s` after its last
        entry (a session may be silent or paused for hours) and `ended_s` after its end."""
        self._redis, self._now = redis, now
        self._most, self._speech_ms = most, round(speech_history_s * 1000)
        self._live_ms, self._ended_ms = round(live_s * 1000), round(ended_s * 1000)
        self._script = redis.register_script(_PUBLISH)
        self._filled = redis.register_script(_FILLED)

    async def publish(self, filled: str, entry: Entry, filling: str = "") -> bool:
        """Appends and publishes; False if it is not newer. Raises ForgottenError when the run id of Redis is neither
        what `filled` holds nor `filling`."""
        now = self._now()
        oldest = now - self._speech_ms if channels.is_speech(entry.channel) else 0
        args: list[str | bytes] = [
            str(entry.segment),
            str(entry.number),
            entry.payload,
            str(now),
            str(self._most),
            str(oldest),
            str(self._ended_ms if entry.last else self._live_ms),
            filling,
        ]
        done = int(await patiently(lambda: self._script(keys=[entry.channel, filled], args=args)))
        if done < 0:
            raise ForgottenError
        return bool(done)

    async def life(self, filled: str) -> tuple[str, bool]:
        """The run id of Redis, and whether the histories that `filled` tells of are whole under it."""
        return await self._note(filled, "")

    async def note_filled(self, filled: str, run_id: str) -> bool:
        """The histories were filled while Redis had `run_id`; False if that life is over."""
        return (await self._note(filled, run_id))[1]

    async def publish_partial(self, name: str, payload: bytes) -> None:
        """As the protocol of channels says: empty id and previous."""
        await patiently(lambda: self._redis.publish(name, b"\n\n" + payload))

    async def note_lag(self, session_id: str, lag_ms: dict[str, int]) -> None:
        """Kept as long as a live channel."""
        key = channels.lag_key(session_id)
        if not lag_ms:
            return

        async def note() -> None:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.hset(key, mapping={stage: str(ms) for stage, ms in lag_ms.items()})
            pipeline.pexpire(key, self._live_ms)
            await pipeline.execute()

        await patiently(note)

    async def tell(self, session_id: str, control: channels.Control) -> None:
        """What nobody hears is lost."""
        name, said = channels.control_channel(session_id), msgspec.json.encode(control)
        await patiently(lambda: self._redis.publish(name, said))

    async def _note(self, filled: str, run_id: str) -> tuple[str, bool]:
        now, whole = await patiently(lambda: self._filled(keys=[filled], args=[run_id]))
        return now.decode(), bool(whole)
