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


async def test_nothing_happens_to_it_while_redis_is_away() -> None:
    held = Hash()
    held.away = True
    notice = await told(held)
    await asyncio.sleep(0)
    assert notice._task
    assert not notice._task.done()
    await notice.stop()
    await PresenceNotice(held, "translate", "never-started").stop()
