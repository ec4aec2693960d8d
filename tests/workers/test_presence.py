"""A worker says that it is there."""

import asyncio

import msgspec
from redis.exceptions import ConnectionError as RedisConnectionError

from dragoman.runtime.version import version
from dragoman.runtime.wall_clock import now_ms
from schemas.channels import PRESENCE_MS, Presence, processes_key
from workers.presence import AGAIN_S, PresenceNotice


class Hash:
    """In place of Redis."""

    def __init__(self) -> None:
        self.away = False
        self.asked = asyncio.Event()
        self.held: dict[tuple[str, str], bytes] = {}

    async def hset(self, key: str, field: str, value: bytes) -> None:
        self.asked.set()
        if self.away:
            raise RedisConnectionError
        self.held[key, field] = value

    async def hdel(self, key: str, field: str) -> None:
        if self.away:
            raise RedisConnectionError
        del self.held[key, field]


async def told(held: Hash) -> PresenceNotice:
    notice = PresenceNotice(held, "translate", "pod-7")
    notice.start()
    await held.asked.wait()
    return notice


async def test_it_says_which_it_is_and_until_when_that_counts() -> None:
    held, began = Hash(), now_ms()
    notice = await told(held)
    there = msgspec.json.decode(held.held[processes_key(), "translate pod-7"], type=Presence)
    assert there.version == version() != ""
    assert began <= there.since <= there.until - PRESENCE_MS
    assert AGAIN_S * 2000 < PRESENCE_MS, "one that did not get through is no silence yet"
    await notice.stop()
    assert held.held == {}


async def test_it_says_so_as_soon_as_redis_is_back() -> None:
    held = Hash()
    held.away = True
    notice = PresenceNotice(held, "translate", "pod-7", again_s=0)
    notice.start()
    await held.asked.wait()
    held.away = False
    while not held.held:
        held.asked.clear()
        await asyncio.wait_for(held.asked.wait(), 30)
    await notice.stop()
    await PresenceNotice(held, "translate", "never-started").stop()
