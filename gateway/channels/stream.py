"""Reads a stream of a channel in Redis: its history, or its revisions."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from gateway.channels.history import Entry, Row

PAGE = 200

_HEADS = """
-- The id of the newest entry of each stream, empty where there is none: what it holds, speech perhaps, is not wanted.
local heads = {}
for n, name in ipairs(KEYS) do
  local newest = redis.call('XREVRANGE', name, '+', '-', 'COUNT', 1)[1]
  heads[n] = newest and newest[1] or ''
end
return heads
"""


class StreamHeads:
    """The newest ids of many streams at once."""

    def __init__(self, redis: "Redis") -> None:
        self._script: Any = redis.register_script(_HEADS)

    async def of(self, names: Sequence[str]) -> list[str]:
        """In the order of `names`; of an empty stream an empty one. Raises RedisError."""
        return [head.decode() for head in await self._script(keys=names)]


class RedisStream:
    """One stream. Everything raises RedisError."""

    def __init__(self, redis: "Redis", name: str) -> None:
        self.name = name
        self._redis: Any = redis  # redis-py's types do not know that answers are bytes

    async def newest(self, count: int) -> list[Entry]:
        """The last entries, oldest first."""
        if count <= 0:
            return []
        rows = _parsed(await self._redis.xrevrange(self.name, count=count + 1))[::-1]
        entries = [
            Entry(entry_id, rows[place - 1][0] if place else "", payload)
            for place, (entry_id, payload) in enumerate(rows)
        ]
        return entries[-count:]

    async def page(self, start: str) -> list[Row]:
        """At most `PAGE` rows from `start` on."""
        return _parsed(await self._redis.xrange(self.name, min=start or "-", count=PAGE))

    async def rows(self, start: str) -> list[Row]:
        """All from `start` on."""
        rows: list[Row] = []
        while True:
            page = await self.page(start)
            rows += page
            if len(page) < PAGE:
                return rows
            start = f"({page[-1][0]}"


def _parsed(rows: list[tuple[bytes, dict[bytes, bytes]]]) -> list[Row]:
    return [(entry_id.decode(), fields.get(b"p", b"")) for entry_id, fields in rows]
