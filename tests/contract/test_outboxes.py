"""A session's last final is fixed once: in memory (replays) as in Redis."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from schemas import channels
from schemas.messages import Transcript
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


async def fix(outbox: Outbox, session_id: str, final: Transcript, after: int | None) -> bool:
    """In the life that is now."""
    return await outbox.fix(session_id, final, after, (await outbox.last(session_id)).life)


async def last(outbox: Outbox, session_id: str) -> Transcript | None:
    return (await outbox.last(session_id)).final


async def test_a_session_without_a_final_has_none(outbox: Outbox, session_id: str) -> None:
    assert (await outbox.last(session_id))[1:] == (None, False)


async def test_a_final_that_begins_where_the_last_one_ends_is_fixed(outbox: Outbox, session_id: str) -> None:
    assert await fix(outbox, session_id, FIRST, None)
    assert await last(outbox, session_id) == FIRST
    assert await fix(outbox, session_id, SECOND, 32_000)
    assert await last(outbox, session_id) == SECOND


async def test_the_first_of_two_versions_wins(outbox: Outbox, session_id: str) -> None:
    assert await fix(outbox, session_id, FIRST, None)
    assert not await fix(outbox, session_id, OTHER_CUT, None)
    assert await last(outbox, session_id) == FIRST


async def test_the_same_span_with_other_words_is_another_version(outbox: Outbox, session_id: str) -> None:
    assert await fix(outbox, session_id, FIRST, None)
    assert not await fix(outbox, session_id, transcript(0, "won", until=32_000, revision=32_000), None)
    assert await last(outbox, session_id) == FIRST


async def test_a_call_that_is_tried_again_succeeds_again(outbox: Outbox, session_id: str) -> None:
    assert await fix(outbox, session_id, FIRST, None)
    assert await fix(outbox, session_id, FIRST, None)
    assert await fix(outbox, session_id, SECOND, 32_000)
    assert await fix(outbox, session_id, SECOND, 32_000)
    assert not await fix(outbox, session_id, FIRST, None)


async def test_a_final_after_another_than_the_last_is_refused_wherever_it_begins(
    outbox: Outbox, session_id: str
) -> None:
    """A zombie is behind; a lane that is ahead must look at Kafka first, and tell the outbox what is there."""
    await fix(outbox, session_id, FIRST, None)
    third = transcript(48_000, "three", until=50_000, revision=2_000)
    assert not await fix(outbox, session_id, third, 48_000)
    assert not await fix(outbox, session_id, transcript(30_000, until=40_000), 30_000)
    assert not await fix(outbox, session_id, third, None)
    assert await last(outbox, session_id) == FIRST


async def test_nothing_is_fixed_or_remembered_in_another_life(outbox: Outbox, session_id: str) -> None:
    assert not await outbox.fix(session_id, FIRST, None, "0123")
    assert not await outbox.remember(session_id, FIRST, "0123")
    assert (await outbox.last(session_id))[1:] == (None, False)


async def test_what_was_found_in_kafka_is_remembered_unless_a_later_final_is_known(
    outbox: Outbox, session_id: str
) -> None:
    life = (await outbox.last(session_id)).life
    assert await outbox.remember(session_id, FIRST, life)
    assert await last(outbox, session_id) == FIRST
    assert await fix(outbox, session_id, SECOND, 32_000)
    assert await outbox.remember(session_id, FIRST, life)
    assert await last(outbox, session_id) == SECOND


async def test_a_session_that_has_no_final_yet_is_known_once_a_lane_has_looked(outbox: Outbox, session_id: str) -> None:
    assert await outbox.remember(session_id, None, (await outbox.last(session_id)).life)
    assert (await outbox.last(session_id))[1:] == (None, True)
    assert await fix(outbox, session_id, FIRST, None)
    assert await outbox.remember(session_id, None, (await outbox.last(session_id)).life)
    assert await last(outbox, session_id) == FIRST


async def test_one_of_many_at_once_wins(outbox: Outbox, session_id: str) -> None:
    finals = [transcript(0, str(number), until=10_000 + number) for number in range(20)]
    fixed = await asyncio.gather(*(fix(outbox, session_id, final, None) for final in finals))
    assert sum(fixed) == 1
    assert await last(outbox, session_id) == finals[fixed.index(True)]


async def test_sessions_do_not_mix(outbox: Outbox, session_id: str) -> None:
    await fix(outbox, session_id, FIRST, None)
    assert await fix(outbox, session_id + "-other", OTHER_CUT, None)


async def test_words_survive_redis_as_they_are(outbox: Outbox, session_id: str) -> None:
    final = transcript(0, '¿qué tal? 🌍\n"x"', until=5)
    await fix(outbox, session_id, final, None)
    assert await last(outbox, session_id) == final
    assert await fix(outbox, session_id, final, None)


async def test_an_outbox_is_kept_for_as_long_as_the_settings_say(redis_url: str, session_id: str) -> None:
    redis = Redis.from_url(redis_url, protocol=2)
    outbox = RedisOutbox(redis, keep_ms=60_000)
    try:
        await outbox.remember(session_id, None, (await outbox.last(session_id)).life)
        assert 0 < await redis.pttl(channels.outbox_key(session_id)) <= 60_000
        await redis.persist(channels.outbox_key(session_id))
        await fix(outbox, session_id, FIRST, None)
        assert 0 < await redis.pttl(channels.outbox_key(session_id)) <= 60_000
    finally:
        await redis.aclose()
