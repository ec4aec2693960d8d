"""The leases of all gateways, added up by Redis's own clock; what they may lack counts as asked for."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from redis.asyncio import Redis

from dragoman.runtime.redis_life import RedisLife
from schemas import channels
from schemas.channels import LEASE_MS, Lease
from tests.workers.driving import Clock, until
from workers.audience import RESTORED_S, Asked, RedisAudience, SessionDemand
from workers.waiting import FOR_SERVERS


class Watched(RedisLife):
    """The life of a Redis, watched for as long as the test says."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        super().__init__(redis, clock.seconds)
        self.looks = 0

    async def look(self) -> str:
        self.looks += 1
        return await super().look()


class Grown(RedisAudience):
    """Reads the real Redis; its life is as old as the test says."""

    age_s = 3_600
    answers = 0

    async def _ask(self, session_ids: Sequence[str]) -> list[Asked]:
        self.answers += 1
        return [asked._replace(age_s=self.age_s) for asked in await super()._ask(session_ids)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def life(redis: Redis, clock: Clock) -> Watched:
    """Unbroken for long, and the gateways have written to it."""
    life = Watched(redis, clock)
    await redis.set(channels.restored_key(), await life.look())
    clock.forward(3_600)
    return life


@pytest.fixture
def audience(redis: Redis, life: Watched) -> Grown:
    return Grown(redis, life)


async def now_in(redis: Redis) -> int:
    seconds, micros = await redis.time()
    return int(seconds) * 1000 + int(micros) // 1000


async def lease(redis: Redis, session_id: str, gateway: str, lease: Lease) -> None:
    await redis.hset(channels.audience_key(session_id), gateway, msgspec.json.encode(lease))  # type: ignore[misc]


async def test_nobody_listens_to_a_session_without_leases(audience: Grown, session_id: str) -> None:
    listening = await audience.of(session_id)
    assert listening == SessionDemand()
    assert listening.wanted == frozenset()


async def test_the_leases_of_all_gateways_are_added_up(redis: Redis, audience: Grown, session_id: str) -> None:
    until = await now_in(redis) + 60_000
    first = Lease(until=until, captions={"es": 2, "ca": 1}, fast={"ca": 1}, speech={"es": {"pcm16": 1}})
    second = Lease(until=until, captions={"es": 1}, speech={"es": {"ogg-opus": 3}, "fr": {"ogg-opus": 1}})
    await lease(redis, session_id, "one", first)
    await lease(redis, session_id, "two", second)
    listening = await audience.of(session_id)
    assert listening.reading == {"es", "ca"}
    assert listening.partial == {"ca"}
    assert listening.hearing == {"es": {"pcm16", "ogg-opus"}, "fr": {"ogg-opus"}}
    assert listening.wanted == {"es", "ca", "fr"}


async def test_several_sessions_are_asked_for_at_once(redis: Redis, audience: Grown, session_id: str) -> None:
    until = await now_in(redis) + 60_000
    await lease(redis, session_id, "one", Lease(until=until, captions={"es": 1}, fast={"es": 1}))
    await lease(redis, session_id + "b", "one", Lease(until=until, captions={"ca": 1}))
    await redis.script_flush()  # a Redis that was started again knows no script
    here, nobody, beside = await audience.of_each([session_id, session_id + "a", session_id + "b"])
    assert (here.partial, nobody.wanted, beside.wanted, beside.partial) == ({"es"}, set(), {"ca"}, set())
    assert audience.answers == 1


async def test_a_lease_that_is_over_does_not_count(redis: Redis, audience: Grown, session_id: str) -> None:
    now = await now_in(redis)
    await lease(redis, session_id, "over", Lease(until=now, captions={"es": 1}, speech={"es": {"pcm16": 1}}))
    await lease(redis, session_id, "holds", Lease(until=now + 60_000, captions={"ca": 1}))
    listening = await audience.of(session_id)
    assert listening.wanted == {"ca"}
    assert listening.hearing == {}


async def test_a_count_of_none_does_not_count(redis: Redis, audience: Grown, session_id: str) -> None:
    until = await now_in(redis) + 60_000
    nobody = Lease(until=until, captions={"es": 0}, fast={"es": 0}, speech={"es": {"pcm16": 0}, "ca": {}})
    await lease(redis, session_id, "one", nobody)
    listening = await audience.of(session_id)
    assert (listening.reading, listening.partial, listening.hearing) == (frozenset(), frozenset(), {})


async def test_what_was_ever_listened_to_is_known(redis: Redis, audience: Grown, session_id: str) -> None:
    await redis.sadd(channels.languages_key(session_id), "es", "pt-BR")  # type: ignore[misc]
    await redis.sadd(channels.spoken_languages_key(session_id), "es:pcm16", "es:ogg-opus")  # type: ignore[misc]
    listening = await audience.of(session_id)
    assert listening.known == {"es", "pt-BR"}
    assert listening.spoken == {"es": {"pcm16", "ogg-opus"}}
    assert listening.wanted == frozenset()


async def listened_to_before(redis: Redis, session_id: str) -> None:
    """Spanish and Catalan were read, and Spanish was heard; someone reads French now."""
    await redis.sadd(channels.languages_key(session_id), "es", "ca", "fr")  # type: ignore[misc]
    await redis.sadd(channels.spoken_languages_key(session_id), "es:pcm16", "es:ogg-opus")  # type: ignore[misc]
    await lease(redis, session_id, "one", Lease(until=await now_in(redis) + 60_000, captions={"fr": 1}))


@pytest.mark.parametrize(("unbroken_s", "certain"), [(2 * LEASE_MS / 1000 - 0.001, False), (2 * LEASE_MS / 1000, True)])
async def test_a_missing_lease_proves_absence_only_after_two_periods_without_a_break(
    redis: Redis, audience: Grown, life: Watched, clock: Clock, session_id: str, unbroken_s: float, certain: bool
) -> None:
    await listened_to_before(redis, session_id)
    life._since = clock.seconds() - unbroken_s
    listening = await audience.of(session_id)
    assert listening.certain == certain
    assert listening.reading == ({"fr"} if certain else {"es", "ca", "fr"})
    assert listening.hearing == ({} if certain else {"es": {"pcm16", "ogg-opus"}})
    assert listening.partial == frozenset()


@pytest.mark.parametrize(("age_s", "certain"), [(29, False), (30, True)])
async def test_nor_does_it_in_a_life_of_redis_that_is_younger(
    redis: Redis, audience: Grown, session_id: str, age_s: int, certain: bool
) -> None:
    await listened_to_before(redis, session_id)
    audience.age_s = age_s
    assert (await audience.of(session_id)).certain == certain


async def test_another_life_than_the_one_that_was_watched_is_looked_at_before_anything_is_taken_from_it(
    redis: Redis, audience: Grown, life: Watched, session_id: str
) -> None:
    await listened_to_before(redis, session_id)
    life.run_id = "an earlier life"
    listening = await audience.of(session_id)
    assert (life.looks, listening.certain) == (2, False)


async def test_a_young_life_is_waited_for_until_the_gateways_have_written_again(
    redis: Redis, audience: Grown, life: Watched, session_id: str
) -> None:
    audience.age_s = RESTORED_S - 1
    await redis.set(channels.restored_key(), "an earlier life")
    asking = asyncio.create_task(audience.of(session_id))
    await until(lambda: audience.answers > 2)
    assert not asking.done()
    await until(lambda: FOR_SERVERS.over_s == 0)  # it is not stuck
    await listened_to_before(redis, session_id)
    await redis.set(channels.restored_key(), life.run_id)
    assert (await asking).reading == {"es", "ca", "fr"}


async def test_and_no_longer_than_gateways_take_for_it(redis: Redis, audience: Grown, session_id: str) -> None:
    audience.age_s = RESTORED_S - 1
    await redis.delete(channels.restored_key())
    asking = asyncio.create_task(audience.of(session_id))
    await until(lambda: audience.answers > 2)
    assert not asking.done()
    audience.age_s = RESTORED_S
    assert not (await asking).certain


async def test_a_life_that_the_gateways_have_not_written_to_proves_nothing_however_old(
    redis: Redis, audience: Grown, session_id: str
) -> None:
    await listened_to_before(redis, session_id)
    await redis.delete(channels.restored_key())
    assert (await audience.of(session_id)).reading == {"es", "ca", "fr"}
