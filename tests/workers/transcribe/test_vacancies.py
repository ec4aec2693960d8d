"""What a worker tells the gateways about its free recognisers."""

from collections.abc import AsyncIterator
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from schemas.channels import Capacity, capacity_key
from tests.workers.driving import until_true
from tests.workers.transcribe.dictated import Dictated
from workers.transcribe.engine import Places
from workers.transcribe.vacancies import Vacancies, places_of


def engine(places: Places | None) -> Dictated:
    dictated = Dictated()
    dictated.places = places
    return dictated


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url, protocol=2)
    yield client
    await client.aclose()


@pytest.fixture
def instance() -> str:
    return f"transcribe-{uuid4().hex[:6]}"


def test_places_add_up_unless_one_engine_takes_any_number() -> None:
    two, three = engine(Places(1, 2)), engine(Places(0, 3))
    assert places_of([two, three]) == Places(1, 5)
    assert places_of([two, engine(None)]) is None


async def test_an_entry_counts_for_a_while_and_is_taken_back(redis: Redis, instance: str) -> None:
    vacancies = Vacancies(redis, instance, [engine(Places(1, 6))])
    vacancies.start()

    async def told() -> bytes | None:
        return await redis.hget(capacity_key(), instance)  # type: ignore[misc,return-value]

    await until_true(told)
    entry = msgspec.json.decode(await told() or b"", type=Capacity)
    seconds, _ = await redis.time()
    assert (entry.taken, entry.most) == (1, 6)
    assert seconds * 1000 < entry.until <= (seconds + 16) * 1000
    await vacancies.stop()
    assert await told() is None


async def test_a_worker_that_takes_any_number_tells_nothing(redis: Redis, instance: str) -> None:
    vacancies = Vacancies(redis, instance, [engine(None)])
    vacancies.start()
    await vacancies.stop()
    assert not await redis.hexists(capacity_key(), instance)  # type: ignore[misc]
