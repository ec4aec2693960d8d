"""The run id of Redis, and for how long it has answered without a break."""

import time
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from dragoman.runtime.redis_life import RedisLife
from tests.refusing_redis import refusing_redis


class Server:
    """What INFO answers; None: Redis is away."""

    run_id: str | None = "a"

    def pipeline(self, *, transaction: bool) -> "Server":
        return self

    def ping(self) -> None:
        """Is part of each look."""

    def info(self, section: str) -> None:
        assert section == "server"

    async def execute(self) -> tuple[bool, dict[str, Any]]:
        if self.run_id is None:
            raise RedisConnectionError
        now_us = time.time_ns() // 1000
        return True, {"run_id": self.run_id, "uptime_in_seconds": 7, "server_time_usec": now_us}


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def life(server: Any, clock: Clock) -> RedisLife:
    return RedisLife(server, clock)


async def test_time_without_a_break_counts_from_the_first_answer(life: RedisLife, clock: Clock) -> None:
    assert life.unbroken_s == 0
    assert await life.look() == "a"
    clock.now += 5
    await life.look()
    assert (life.unbroken_s, life.age_s, life.run_id) == (5, 7, "a")


async def test_a_break_begins_it_anew(life: RedisLife, server: Server, clock: Clock) -> None:
    await life.look()
    clock.now += 5
    server.run_id = None
    with pytest.raises(RedisConnectionError):
        await life.look()
    assert life.unbroken_s == 0
    server.run_id = "a"
    await life.look()
    clock.now += 2
    assert life.unbroken_s == 2


async def test_another_life_begins_it_anew_and_is_told(life: RedisLife, server: Server, clock: Clock) -> None:
    told: list[str] = []
    life.on_change(lambda: told.append(life.run_id))
    await life.look()
    clock.now += 5
    server.run_id = "b"
    await life.look()
    await life.look()
    assert (told, life.unbroken_s) == (["b"], 0)


async def test_a_real_redis_has_one(redis_url: str) -> None:
    redis = Redis.from_url(redis_url, protocol=2)
    life = RedisLife(redis)
    await life.start()
    in_script = await redis.eval("return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')", 0)  # type: ignore[misc]
    assert life.run_id == in_script.decode()
    await life.stop()
    await redis.aclose()


async def test_one_that_takes_no_writes_is_as_good_as_away(tmp_path: Path, clock: Clock) -> None:
    """Nobody can renew anything in it: that something is missing there proves nothing."""
    with refusing_redis(tmp_path) as server:
        redis = Redis.from_url(server.url, protocol=2)
        life = RedisLife(redis, clock)
        await life.look()
        clock.now += 5
        server.refuse()
        with pytest.raises(ResponseError, match="MISCONF"):
            await life.look()
        assert (life.unbroken_s, life.silent_s) == (0, 5)
        server.take()
        await life.look()
        clock.now += 2
        assert (life.unbroken_s, life.silent_s) == (2, 2)
        await redis.aclose()
