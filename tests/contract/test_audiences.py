"""What gateways write of who listens is what workers read; what outlives a socket, and for how long."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from dragoman.runtime.redis_life import RedisLife
from gateway.sessions.audience import Wish, read_audience
from gateway.sessions.lease import LeaseWriter, Linger, Written
from schemas.channels import (
    LEASE_MS,
    Lease,
    absent_key,
    audience_key,
    code_key_of,
    gateway_channel,
    gone_key,
    key,
    members_key,
    owed_key,
    restored_key,
)
from workers.audience import Asked, RedisAudience, SessionDemand

READER = Wish(captions="es", fast=True, speech=None, format=None, paused=False, asleep=False)
HEARER = Wish(captions="es", fast=False, speech="es", format="pcm16", paused=False, asleep=False)
FLOOR = READER._replace(captions="en")
LINGER = Linger(captions_ms=600_000, speech_ms=60_000)


class Someone(NamedTuple):
    """A listener."""

    listener_id: str
    wish: Wish = READER


ONE, OTHER = Someone("one"), Someone("other")


class Old(RedisAudience):
    """Reads the real Redis, which has answered for long."""

    async def _ask(self, session_ids: Sequence[str]) -> list[Asked]:
        return [asked._replace(age_s=3_600) for asked in await super()._ask(session_ids)]


class Hall:
    """One session, the gateways that write what its listeners ask for, and what workers make of it."""

    def __init__(self, redis: Redis, audience: RedisAudience, stack: AsyncExitStack) -> None:
        self.redis: Any = redis
        self.session_id = f"{uuid4().hex}-t"
        self._audience, self._stack = audience, stack
        self._alive: dict[str, Any] = {}

    async def gateway(self, name: str) -> LeaseWriter:
        """One that lives."""
        pubsub = self.redis.pubsub()
        self._stack.push_async_callback(pubsub.aclose)
        await pubsub.subscribe(gateway_channel(self.session_id + name))
        while not (await self.redis.pubsub_numsub(gateway_channel(self.session_id + name)))[0][1]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self._alive[name] = pubsub
        return self.writer(name)

    def writer(self, name: str) -> LeaseWriter:
        """What a gateway keeps its lease with."""
        gateway_id = self.session_id + name
        return LeaseWriter(self.redis, gateway_id, self.session_id, floor="en", keep_ms=3_600_000, linger=LINGER)

    async def killed(self, name: str) -> None:
        """Redis sees the connection of a gateway end."""
        await self._alive[name].aclose()
        while (await self.redis.pubsub_numsub(gateway_channel(self.session_id + name)))[0][1]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def later(self, seconds: float) -> None:
        """Time passes: all that is written in Redis's time is so much older."""
        ms = round(seconds * 1000)
        for gateway_id, row in (await self.redis.hgetall(audience_key(self.session_id))).items():
            lease = msgspec.json.decode(row, type=Lease)
            aged = msgspec.structs.replace(lease, until=lease.until - ms)
            await self.redis.hset(audience_key(self.session_id), gateway_id, msgspec.json.encode(aged))
        async for name in self.redis.scan_iter(match=absent_key(self.session_id, "*")):
            for listener_id, until in await self.redis.zrange(name, 0, -1, withscores=True):
                await self.redis.zadd(name, {listener_id: until - ms})

    async def listening(self) -> SessionDemand:
        """What workers read."""
        return await self._audience.of(self.session_id)

    async def wanted(self) -> set[str]:
        """Languages that workers translate to."""
        return set((await self.listening()).wanted)

    async def came(self, writer: LeaseWriter, *here: Someone, delivered: bool = True) -> list[str]:
        """These join a gateway; the languages that it owes to the log, and puts there."""
        for each in here:
            writer.came(each.listener_id)
        owed = list((await writer.write(here)).owed)
        if owed and delivered:
            await self.redis.hdel(owed_key(self.session_id), *owed)
        return owed

    async def present(self) -> int:
        """Listeners whom a speaker is told of."""
        return (await read_audience(self.redis, self.session_id, self.session_id + "b")).listeners


async def lost(writer: LeaseWriter, *gone: Someone, here: tuple[Someone, ...] = ()) -> Written:
    """The sockets of these end."""
    for each in gone:
        writer.went(each.listener_id, each.wish)
    return await writer.write(here)


async def left(writer: LeaseWriter, *gone: Someone, here: tuple[Someone, ...] = ()) -> Written:
    """These say that they will not come back."""
    for each in gone:
        writer.left(each.listener_id)
    return await writer.write(here)


@pytest_asyncio.fixture
async def hall(redis_url: str) -> AsyncIterator[Hall]:
    async with AsyncExitStack() as stack:
        redis = Redis.from_url(redis_url, protocol=2)
        stack.push_async_callback(redis.aclose)
        life = RedisLife(redis)
        await redis.set(restored_key(), await life.look())
        life._since = -1e9
        yield Hall(redis, Old(redis, life), stack)


async def test_who_is_there_is_read_as_it_was_written(hall: Hall) -> None:
    chooser = Someone("four", HEARER._replace(voice="male"))
    await hall.came(await hall.gateway("a"), ONE, Someone("two", HEARER), Someone("three", FLOOR), chooser)
    listening = await hall.listening()
    assert listening.reading == {"es", "en"}
    assert (listening.partial, listening.hearing) == ({"es", "en"}, {"es": {"pcm16", "pcm16/male"}})
    assert (listening.lingering, listening.lingering_speech) == (frozenset(), frozenset())
    assert (listening.known, listening.spoken) == ({"es"}, {"es": {"pcm16", "pcm16/male"}})
    assert await hall.present() == 4


@pytest.mark.parametrize("away_s", [0.5, 3, 10, 60, 599])
async def test_a_language_outlives_the_socket_of_its_only_reader(hall: Hall, away_s: float) -> None:
    here = await hall.gateway("a")
    await hall.came(here, ONE)
    await lost(here, ONE)
    await hall.later(away_s)
    listening = await hall.listening()
    assert (listening.reading, listening.lingering) == ({"es"}, {"es"})
    assert listening.partial == frozenset(), "nobody sees a partial"
    assert await hall.present() == 0
    assert await hall.came(here, ONE) == [], "nothing was skipped"
    assert (await hall.listening()).lingering == frozenset()


@pytest.mark.parametrize("away_s", [600, 900])
async def test_but_not_for_ever(hall: Hall, away_s: float) -> None:
    here = await hall.gateway("a")
    await hall.came(here, ONE)
    await lost(here, ONE)
    await hall.later(away_s)
    assert await hall.wanted() == set()
    assert await hall.came(here, ONE) == ["es"], "what was skipped meanwhile is missed"


async def test_speech_lingers_for_less_time_than_captions(hall: Hall) -> None:
    here, hearer = await hall.gateway("a"), Someone("one", HEARER)
    await hall.came(here, hearer)
    await lost(here, hearer)
    await hall.later(59)
    listening = await hall.listening()
    assert (listening.hearing, listening.lingering_speech) == ({"es": {"pcm16"}}, {"es"})
    await hall.later(1)
    listening = await hall.listening()
    assert (listening.reading, listening.hearing) == ({"es"}, {})


async def test_a_player_that_sleeps_lingers_asleep(hall: Hall) -> None:
    here, sleeper = await hall.gateway("a"), Someone("one", HEARER._replace(paused=True, asleep=True))
    await hall.came(here, sleeper)
    await lost(here, sleeper)
    listening = await hall.listening()
    assert (listening.reading, listening.hearing) == ({"es"}, {})


async def test_what_the_last_reader_left_on_purpose_is_asked_for_no_more_at_once(hall: Hall) -> None:
    here = await hall.gateway("a")
    await hall.came(here, ONE, OTHER)
    await left(here, ONE, here=(OTHER,))
    assert await hall.wanted() == {"es"}
    await left(here, OTHER)
    assert await hall.wanted() == set()
    assert await hall.came(here, ONE) == ["es"]


async def test_who_leaves_on_purpose_takes_nothing_from_those_who_are_only_away(hall: Hall) -> None:
    here, there = await hall.gateway("a"), await hall.gateway("b")
    await hall.came(here, ONE)
    await hall.came(there, OTHER)
    await lost(here, ONE)
    await left(there, OTHER)
    assert (await hall.listening()).lingering == {"es"}


async def test_a_change_of_language_leaves_the_old_one_on_purpose(hall: Hall) -> None:
    here, other_wish = await hall.gateway("a"), Someone("one", READER._replace(captions="ca"))
    await hall.came(here, ONE)
    await hall.came(here, other_wish)
    assert await hall.wanted() == {"ca"}


async def test_who_came_back_and_then_leaves_on_purpose_leaves_nothing_behind(hall: Hall) -> None:
    """Also by another gateway, and although the first notices only afterwards that its socket was dead."""
    here, there = await hall.gateway("a"), await hall.gateway("b")
    await hall.came(here, ONE)
    await hall.came(there, ONE)
    await lost(here, ONE)
    assert (await hall.listening()).lingering == frozenset()
    await left(there, ONE)
    assert await hall.wanted() == set()


async def test_who_comes_back_under_no_name_takes_the_place_of_the_one_that_is_away_longest(hall: Hall) -> None:
    here, there = await hall.gateway("a"), await hall.gateway("b")
    await hall.came(here, ONE, OTHER)
    await lost(here, ONE, here=(OTHER,))
    await hall.later(5)
    await lost(here, OTHER)
    there.came("new", READER)
    await there.write([Someone("new")])
    assert await hall.redis.zrange(absent_key(hall.session_id, "captions", "es"), 0, -1) == [b"other"]
    await left(there, Someone("new"))
    assert await hall.wanted() == {"es"}, "the other one may still come"


async def test_who_comes_anew_takes_nobodys_place(hall: Hall) -> None:
    here = await hall.gateway("a")
    await hall.came(here, ONE)
    await lost(here, ONE)
    await hall.came(here, OTHER)
    await left(here, OTHER)
    assert await hall.wanted() == {"es"}


async def test_a_lease_that_nobody_renews_lingers_from_its_end(hall: Hall) -> None:
    """All gateways are gone: nobody says what became of the listeners."""
    await hall.came(await hall.gateway("a"), Someone("one", HEARER))
    await hall.later(LEASE_MS / 1000 + 59)
    listening = await hall.listening()
    assert (listening.reading, listening.lingering, listening.partial) == ({"es"}, {"es"}, frozenset())
    assert listening.hearing == {"es": {"pcm16"}}
    await hall.later(2)
    assert (await hall.listening()).hearing == {}
    await hall.later(538)
    assert await hall.wanted() == {"es"}
    await hall.later(2)
    assert await hall.wanted() == set()


@pytest.mark.parametrize("told", ["cut", "succeeded", "run out"])
async def test_the_listeners_of_a_gateway_that_is_gone_are_away_each_for_itself(hall: Hall, told: str) -> None:
    here, there = await hall.gateway("a"), await hall.gateway("b")
    await hall.came(here, ONE, OTHER)
    assert await hall.present() == 2
    match told:
        case "cut":
            await hall.killed("a")
        case "succeeded":
            await hall.redis.set(gone_key(hall.session_id + "a"), 1)
        case _:
            await hall.later(LEASE_MS / 1000)
    assert await hall.present() == 0, "a lease of a gateway that is gone counts for nothing"
    assert await hall.came(there, ONE) == []
    assert await hall.present() == 1
    await left(there, ONE)
    assert (await hall.listening()).lingering == {"es"}
    there.came("other")
    await left(there, OTHER)
    assert await hall.wanted() == set()


async def test_a_gateway_that_was_only_taken_for_gone_has_its_listeners_again(hall: Hall) -> None:
    here, there = await hall.gateway("a"), await hall.gateway("b")
    await hall.came(here, ONE)
    await hall.came(there, Someone("two", FLOOR))
    await hall.redis.set(gone_key(hall.session_id + "a"), 1)
    await there.write([Someone("two", FLOOR)])
    assert (await hall.listening()).lingering == {"es"}
    assert not (await here.write([ONE])).owed
    assert (await hall.listening()).lingering == frozenset()
    assert await hall.present() == 2
    await left(here, ONE)
    assert await hall.wanted() == {"en"}


async def test_that_nobody_hears_another_gateway_proves_nothing_while_one_is_not_heard_itself(hall: Hall) -> None:
    """Redis was away: whoever is back first must not take the others for gone."""
    here, there = await hall.gateway("a"), hall.writer("b")
    await hall.came(here, ONE)
    await hall.killed("a")
    await hall.came(there, Someone("two", FLOOR))
    assert await hall.present() == 2
    assert (await hall.listening()).lingering == frozenset()


async def test_a_gateway_that_only_begins_to_hear_its_channel_is_not_taken_for_gone(hall: Hall) -> None:
    """It may take somebody in before Redis knows of its subscription."""
    begins, there = hall.writer("a"), await hall.gateway("b")
    await hall.came(begins, ONE)
    await hall.came(there, Someone("two", FLOOR))
    assert await hall.present() == 2
    await hall.gateway("a")
    await begins.write([ONE])
    await hall.killed("a")
    assert await hall.present() == 1


async def test_a_crowd_that_moves_from_one_gateway_to_another_is_there_once_and_away_never(hall: Hall) -> None:
    crowd = [Someone(f"listener-{number}") for number in range(500)]
    here, there = await hall.gateway("a"), await hall.gateway("b")
    await hall.came(here, *crowd)
    await hall.came(there, *crowd)
    assert await hall.redis.hget(members_key(hall.session_id), hall.session_id + "a") == b"{}"
    await lost(here, *crowd)
    assert (await hall.listening()).lingering == frozenset()
    await lost(there, *crowd)
    assert await hall.redis.zcard(absent_key(hall.session_id, "captions", "es")) == len(crowd)


async def test_exactly_one_gateway_learns_that_a_language_is_asked_for_again(hall: Hall) -> None:
    here, there = await hall.gateway("a"), await hall.gateway("b")
    assert await hall.came(here, ONE, Someone("floor", FLOOR), delivered=False) == ["es"], (
        "the floor is made in any case"
    )
    assert await hall.came(there, OTHER) == []
    assert list((await here.write([ONE])).owed) == ["es"], "it is owed until it is in the log"
    await hall.redis.hdel(owed_key(hall.session_id), "es")
    assert not (await here.write([ONE])).owed


async def test_what_a_gateway_owed_when_it_died_another_one_owes(hall: Hall) -> None:
    here, there = await hall.gateway("a"), await hall.gateway("b")
    await hall.came(here, ONE, delivered=False)
    await hall.killed("a")
    assert await hall.came(there, OTHER) == ["es"]


async def test_a_redis_that_forgot_everything_is_told_again(hall: Hall) -> None:
    here = await hall.gateway("a")
    await hall.came(here, ONE)
    async for name in hall.redis.scan_iter(match=key(hall.session_id, "*")):
        await hall.redis.delete(name)
    assert list((await here.write([ONE])).owed) == ["es"]
    assert await hall.wanted() == {"es"}
    await lost(here, ONE)
    assert (await hall.listening()).lingering == {"es"}


async def test_what_could_not_be_written_is_written_the_next_time(hall: Hall) -> None:
    here = await hall.gateway("a")
    await hall.came(here, ONE)
    script, calls = here._script, iter([False])

    async def failing(**said: Any) -> Any:
        if next(calls, True):
            return await script(**said)
        raise ConnectionError

    here._script = failing
    with pytest.raises(ConnectionError):
        await lost(here, ONE)
    assert here.behind
    await here.write([])
    assert not here.behind
    assert (await hall.listening()).lingering == {"es"}


async def test_of_a_deleted_session_nothing_is_kept(hall: Hall) -> None:
    here = await hall.gateway("a")
    await hall.redis.set(code_key_of(hall.session_id), "deleted")
    assert await hall.came(here, ONE) == []
    await lost(here, ONE)
    assert [name async for name in hall.redis.scan_iter(match=key(hall.session_id, "*"))] == []


async def test_many_listeners_return_at_once(hall: Hall) -> None:
    here, there = await hall.gateway("a"), await hall.gateway("b")
    crowd = [Someone(f"n{n}") for n in range(2_500)]
    await hall.came(here, *crowd)
    await hall.killed("a")
    await hall.came(there, *crowd)
    assert await hall.present() == 2_500
    await left(there, *crowd)
    assert await hall.wanted() == set()
