"""The leases of all gateways, added up by Redis's own clock."""

from collections.abc import AsyncIterator
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis

from schemas import channels
from schemas.channels import Lease
from workers.audience import Listening, RedisAudience


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url, protocol=2)
    yield client
    await client.aclose()


@pytest.fixture
def session_id() -> str:
    """A session that no other test uses."""
    return f"audience-{uuid4().hex}"


async def now_in(redis: Redis) -> int:
    seconds, micros = await redis.time()
    return int(seconds) * 1000 + int(micros) // 1000


async def lease(redis: Redis, session_id: str, gateway: str, lease: Lease) -> None:
    await redis.hset(channels.audience_key(session_id), gateway, msgspec.json.encode(lease))  # type: ignore[misc]


async def test_nobody_listens_to_a_session_without_leases(redis: Redis, session_id: str) -> None:
    listening = await RedisAudience(redis).of(session_id)
    assert listening == Listening()
    assert listening.wanted == frozenset()


async def test_the_leases_of_all_gateways_are_added_up(redis: Redis, session_id: str) -> None:
    until = await now_in(redis) + 60_000
    first = Lease(until=until, captions={"es": 2, "ca": 1}, fast={"ca": 1}, speech={"es": {"pcm16": 1}})
    second = Lease(until=until, captions={"es": 1}, speech={"es": {"ogg-opus": 3}, "fr": {"ogg-opus": 1}})
    await lease(redis, session_id, "one", first)
    await lease(redis, session_id, "two", second)
    listening = await RedisAudience(redis).of(session_id)
    assert listening.reading == {"es", "ca"}
    assert listening.partial == {"ca"}
    assert listening.hearing == {"es": {"pcm16", "ogg-opus"}, "fr": {"ogg-opus"}}
    assert listening.wanted == {"es", "ca", "fr"}


async def test_a_lease_that_is_over_does_not_count(redis: Redis, session_id: str) -> None:
    now = await now_in(redis)
    await lease(redis, session_id, "over", Lease(until=now, captions={"es": 1}, speech={"es": {"pcm16": 1}}))
    await lease(redis, session_id, "holds", Lease(until=now + 60_000, captions={"ca": 1}))
    listening = await RedisAudience(redis).of(session_id)
    assert listening.wanted == {"ca"}
    assert listening.hearing == {}


async def test_a_count_of_none_does_not_count(redis: Redis, session_id: str) -> None:
    until = await now_in(redis) + 60_000
    nobody = Lease(until=until, captions={"es": 0}, fast={"es": 0}, speech={"es": {"pcm16": 0}, "ca": {}})
    await lease(redis, session_id, "one", nobody)
    listening = await RedisAudience(redis).of(session_id)
    assert (listening.reading, listening.partial, listening.hearing) == (frozenset(), frozenset(), {})


async def test_what_was_ever_listened_to_is_known(redis: Redis, session_id: str) -> None:
    await redis.sadd(channels.languages_key(session_id), "es", "pt-BR")  # type: ignore[misc]
    await redis.sadd(channels.spoken_languages_key(session_id), "es:pcm16", "es:ogg-opus")  # type: ignore[misc]
    listening = await RedisAudience(redis).of(session_id)
    assert listening.known == {"es", "pt-BR"}
    assert listening.spoken == {"es": {"pcm16", "ogg-opus"}}
    assert listening.wanted == frozenset()
