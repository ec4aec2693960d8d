"""What waits for a server is not stuck; and workers wait for a Redis that takes no writes."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from dragoman.runtime.redis_life import RedisLife
from schemas.languages import abilities_key
from tests.processes import until
from tests.refusing_redis import RefusingRedis, refusing_redis
from tests.workers.texts import transcript
from workers.connection import AbilitiesNotice
from workers.outbox import RedisOutbox, patiently
from workers.waiting import FOR_SERVERS, Waiting


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_counts_from_the_end_of_the_last_wait() -> None:
    clock = Clock()
    waiting = Waiting(clock)
    clock.now += 7
    assert waiting.over_s == 7
    with waiting.wait():
        with waiting.wait():
            clock.now += 400
        assert waiting.over_s == 0
        clock.now += 400
    assert waiting.over_s == 0
    clock.now += 3
    assert waiting.over_s == 3


async def refused(server: RefusingRedis) -> None:
    """Redis refuses, something waits for it, and goes on when Redis takes writes again."""
    await until(lambda: FOR_SERVERS.over_s == 0)
    server.take()


async def test_a_redis_that_takes_no_writes_is_waited_for(tmp_path: Path) -> None:
    """What a stage fixes, and what a worker says when it starts."""
    with refusing_redis(tmp_path) as server:
        redis = Redis.from_url(server.url, protocol=2)
        life, outbox = RedisLife(redis), RedisOutbox(redis, keep_ms=60_000)
        final = transcript(0, "one", until=32_000, revision=32_000)
        run_id = (await outbox.last("s")).life
        server.refuse()
        _, fixed = await asyncio.gather(refused(server), outbox.fix("s", final, None, run_id))
        assert fixed
        assert (await outbox.last("s")).final == final

        server.refuse()
        await asyncio.gather(refused(server), AbilitiesNotice(redis, life, "translate").tell({"en": ["es"]}))
        assert await redis.exists(abilities_key("translate"))

        server.refuse()
        await asyncio.gather(refused(server), patiently(life.start))
        await life.stop()
        await redis.aclose()


async def test_what_waiting_does_not_mend_is_raised(redis_url: str) -> None:
    redis = Redis.from_url(redis_url, protocol=2)
    await redis.set("test:waiting", "no list")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await patiently(lambda: redis.rpush("test:waiting", "x"))  # type: ignore[arg-type]  # of redis-py
    await redis.aclose()
