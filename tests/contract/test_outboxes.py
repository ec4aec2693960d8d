"""A session's last final is fixed once: in memory (replays) as in Redis."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from schemas import channels
from tests.workers.texts import transcript
from workers.outbox import MemoryOutbox, Outbox, RedisOutbox


@pytest.fixture(params=["memory", "redis"])
async def outbox(request: pytest.FixtureRequest) -> AsyncIterator[Outbox]:
    if request.param == "memory":
        yield MemoryOutbox()
        return
    redis = Redis.from_url(request.getfixturevalue("redis_url"), protocol=2)
    try:
        yield RedisOutbox(redis, keep_ms=60_000)
    finally:
        await redis.aclose()


@pytest.fixture
def session_id() -> str:
    """A session that no other test uses."""
    return f"contract-{uuid4().hex}"


FIRST = transcript(0, "one", until=32_000, revision=32_000)
OTHER_CUT = transcript(0, "on", until=30_000, revision=30_000)
SECOND = transcript(32_000, "two", until=48_000, revision=16_000)


async def test_a_session_without_a_final_has_none(outbox: Outbox, session_id: str) -> None:
    assert await outbox.last(session_id) is None


async def test_a_final_that_begins_where_the_last_one_ends_is_fixed(outbox: Outbox, session_id: str) -> None:
    assert await outbox.fix(session_id, FIRST)
    assert await outbox.last(session_id) == FIRST
    assert await outbox.fix(session_id, SECOND)
    assert await outbox.last(session_id) == SECOND


async def test_the_first_of_two_versions_wins(outbox: Outbox, session_id: str) -> None:
    assert await outbox.fix(session_id, FIRST)
    assert not await outbox.fix(session_id, OTHER_CUT)
    assert await outbox.last(session_id) == FIRST


async def test_the_same_span_with_other_words_is_another_version(outbox: Outbox, session_id: str) -> None:
    assert await outbox.fix(session_id, FIRST)
    assert not await outbox.fix(session_id, transcript(0, "won", until=32_000, revision=32_000))
    assert await outbox.last(session_id) == FIRST


async def test_a_call_that_is_tried_again_succeeds_again(outbox: Outbox, session_id: str) -> None:
    assert await outbox.fix(session_id, FIRST)
    assert await outbox.fix(session_id, FIRST)
    assert await outbox.fix(session_id, SECOND)
    assert not await outbox.fix(session_id, FIRST)


async def test_a_zombie_whose_next_final_is_far_behind_is_refused(outbox: Outbox, session_id: str) -> None:
    await outbox.fix(session_id, FIRST)
    await outbox.fix(session_id, SECOND)
    assert not await outbox.fix(session_id, OTHER_CUT)
    assert not await outbox.fix(session_id, transcript(30_000, until=40_000))


async def test_a_redis_that_lost_its_last_second_takes_the_next_final_of_the_lane(
    outbox: Outbox, session_id: str
) -> None:
    """The final from 32,000 on was fixed and delivered; only the memory of it is gone."""
    await outbox.fix(session_id, FIRST)
    third = transcript(48_000, "three", until=50_000, revision=2_000)
    assert await outbox.fix(session_id, third)
    assert await outbox.last(session_id) == third


async def test_one_of_many_at_once_wins(outbox: Outbox, session_id: str) -> None:
    finals = [transcript(0, str(number), until=10_000 + number) for number in range(20)]
    fixed = await asyncio.gather(*(outbox.fix(session_id, final) for final in finals))
    assert sum(fixed) == 1
    assert await outbox.last(session_id) == finals[fixed.index(True)]


async def test_sessions_do_not_mix(outbox: Outbox, session_id: str) -> None:
    await outbox.fix(session_id, FIRST)
    assert await outbox.fix(session_id + "-other", OTHER_CUT)


async def test_words_survive_redis_as_they_are(outbox: Outbox, session_id: str) -> None:
    final = transcript(0, '¿qué tal? 🌍\n"x"', until=5)
    await outbox.fix(session_id, final)
    assert await outbox.last(session_id) == final
    assert await outbox.fix(session_id, final)


async def test_an_outbox_is_kept_for_as_long_as_the_settings_say(redis_url: str, session_id: str) -> None:
    redis = Redis.from_url(redis_url, protocol=2)
    try:
        await RedisOutbox(redis, keep_ms=60_000).fix(session_id, FIRST)
        assert 0 < await redis.pttl(channels.outbox_key(session_id)) <= 60_000
    finally:
        await redis.aclose()
