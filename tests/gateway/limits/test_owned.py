"""How many sessions somebody has at once."""

import asyncio
import secrets

import pytest
from redis.asyncio import Redis

from gateway.limits.owned import CLAIM_MS, KEPT_MS, Owned
from schemas.channels import speakers_key


@pytest.fixture
def owner() -> str:
    """Somebody that no other test knows."""
    return secrets.token_hex(4)


async def claimed(redis: Redis, owner: str, session_id: str, *, now_ms: int = 0, most: int = 2) -> bool:
    """Claims, with a time as the test says."""
    return await Owned(redis).claim(owner, f"{owner}-{session_id}", most, now_ms)


async def test_one_more_than_the_limit_is_refused(redis: Redis, owner: str) -> None:
    assert [await claimed(redis, owner, each) for each in "abc"] == [True, True, False]
    assert await claimed(redis, f"{owner}2", "d")


async def test_a_live_session_counts_as_long_as_it_lives(redis: Redis, owner: str) -> None:
    await redis.zadd(speakers_key(), {f"{owner}-a": 1})
    assert await claimed(redis, owner, "a", most=1)
    assert not await claimed(redis, owner, "b", most=1, now_ms=100 * CLAIM_MS)
    await redis.zrem(speakers_key(), f"{owner}-a")
    assert await claimed(redis, owner, "b", most=1, now_ms=100 * CLAIM_MS)


async def test_a_session_that_is_being_created_counts(redis: Redis, owner: str) -> None:
    assert await claimed(redis, owner, "a", most=1)
    assert not await claimed(redis, owner, "b", most=1, now_ms=CLAIM_MS)
    assert await claimed(redis, owner, "b", most=1, now_ms=CLAIM_MS + 1)


async def test_a_session_that_did_not_come_to_be_does_not_count(redis: Redis, owner: str) -> None:
    assert await claimed(redis, owner, "a", most=1)
    await Owned(redis).release(owner, f"{owner}-a")
    assert await claimed(redis, owner, "b", most=1)


async def test_many_at_once_are_never_more_than_the_limit(redis: Redis, owner: str) -> None:
    taken = await asyncio.gather(*(claimed(redis, owner, str(n), most=3) for n in range(20)))
    assert sum(taken) <= 3
    assert await claimed(redis, owner, "late", most=3) == (sum(taken) < 3)


async def test_redis_forgets_an_owner_in_time_and_never_knew_the_name(redis: Redis, owner: str) -> None:
    await claimed(redis, owner, "a")
    keys = [key async for key in redis.scan_iter("dragoman:owned:*")]
    assert all(owner.encode() not in key for key in keys)
    for key in keys:
        assert 0 < await redis.pttl(key) <= KEPT_MS
