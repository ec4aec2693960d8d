"""How many sessions a worker can hear, told to the gateways."""

from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from schemas.channels import Capacity, capacity_key
from tests.workers.transcribe.dictated import Dictated
from workers import connection
from workers.transcribe.capacity import KEEP_MS, CapacityNotice, capacity_of


def limited(taken: int, most: int) -> Dictated:
    engine = Dictated()
    engine.capacity = taken, most
    return engine


def test_a_chain_can_hear_what_its_engines_can_together_and_one_without_limit_has_none() -> None:
    assert capacity_of([limited(1, 2), limited(0, 4)]) == (1, 6)
    assert capacity_of([limited(1, 2), Dictated()]) is None


class Board:
    def __init__(self) -> None:
        self.told: list[tuple[int, int, int] | None] = []

    async def tell(self, taken: int, most: int, keep_ms: int) -> None:
        self.told.append((taken, most, keep_ms))

    async def withdraw(self) -> None:
        self.told.append(None)


async def test_it_is_told_at_the_start_and_taken_back_at_the_end_and_no_limit_is_not_told() -> None:
    board = Board()
    notice = CapacityNotice(lambda: (1, 2), board.tell, board.withdraw)
    await notice.start()
    await notice.stop()
    assert board.told == [(1, 2, KEEP_MS), None]
    unlimited = CapacityNotice(lambda: None, board.tell, board.withdraw)
    await unlimited.start()
    await unlimited.stop()
    assert len(board.told) == 2


async def test_a_redis_that_is_away_stops_no_worker() -> None:
    class Away(Board):
        async def tell(self, taken: int, most: int, keep_ms: int) -> None:
            raise RedisConnectionError

    board = Away()
    notice = CapacityNotice(lambda: (1, 2), board.tell, board.withdraw)
    await notice.start()
    await notice.stop()
    assert board.told == [None]


@pytest.fixture
def instance() -> str:
    return f"worker-{uuid4().hex}"


async def test_a_real_redis_holds_it_until_a_time_of_its_own_clock(redis_url: str, instance: str) -> None:
    redis = Redis.from_url(redis_url, protocol=2)
    try:
        seconds, _ = await redis.time()
        await connection.tell_capacity(redis, instance, 1, 6, 15_000)
        told = msgspec.json.decode(await redis.hget(capacity_key(), instance), type=Capacity)
        assert (told.taken, told.most) == (1, 6)
        assert seconds * 1000 + 15_000 <= told.until <= seconds * 1000 + 60_000
        await connection.withdraw_capacity(redis, instance)
        assert await redis.hget(capacity_key(), instance) is None
    finally:
        await redis.aclose()
