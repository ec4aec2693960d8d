"""What a worker leaves alone is told while it does."""

import msgspec
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from schemas.channels import Resting, resting_key
from tests.workers.driving import Clock
from workers import connection
from workers.breaker import FAILURES, REST_S, Breakers
from workers.resting import KEEP_MS, Engines, RestingNotice


class Board:
    def __init__(self) -> None:
        self.told: list[tuple[Engines, int]] = []
        self.away = False

    async def tell(self, engines: Engines, keep_ms: int) -> None:
        if self.away:
            raise RedisConnectionError
        self.told.append((engines, keep_ms))


async def test_it_is_told_while_an_engine_rests_and_taken_back_once_it_answers() -> None:
    clock, board = Clock(), Board()
    breakers = Breakers(clock.seconds)
    notice = RestingNotice(breakers.resting, board.tell)
    await notice.look()
    assert board.told == []
    for language in ("es", "ca"):
        for _ in range(FAILURES):
            breakers.of("amazon", f"translate en {language}").failed()
    resting = {"amazon": ["translate en ca", "translate en es"]}
    board.away = True
    await notice.look()
    board.away = False
    await notice.look()
    clock.forward(REST_S)
    assert breakers.of("amazon", "translate en es").admits()
    await notice.look()
    breakers.of("amazon", "translate en es").succeeded()
    await notice.look()
    await notice.stop()
    await notice.stop()
    left = {"amazon": ["translate en ca"]}
    assert board.told == [(resting, KEEP_MS), (resting, KEEP_MS), (left, KEEP_MS), ({}, KEEP_MS)]


async def test_a_real_redis_holds_it_until_a_time_of_its_own_clock(redis: Redis) -> None:
    await connection.tell_resting(redis, "translate there", {"amazon": ["translate en es"]}, 15_000)
    told = msgspec.json.decode(await redis.hget(resting_key(), "translate there"), type=Resting)
    assert told.engines == {"amazon": ["translate en es"]}
    assert 0 < told.until - (await redis.time())[0] * 1000 <= 16_000
    await connection.tell_resting(redis, "translate there", {}, 15_000)
    assert await redis.hget(resting_key(), "translate there") is None
