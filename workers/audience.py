"""Who listens to what: the leases that the gateways keep in Redis, added up."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import msgspec
from redis.asyncio import Redis

from dragoman.runtime.redis_life import RedisLife
from schemas import channels
from workers.outbox import patiently
from workers.waiting import FOR_SERVERS

RESTORED_S = 8
"""Gateways that live have written again by then what a new life of Redis may lack."""
ASK_AGAIN_S = 0.1

_ASK = """
-- KEYS: audience, languages, spoken languages, restored, what the names of the absent begin with.
-- In one step, so that all belongs to the life that is named.
local server = redis.call('INFO', 'server')
local run, time = string.match(server, 'run_id:(%x+)'), redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function lingering(product, asked)
  local some = {}
  for _, each in ipairs(asked) do
    if redis.call('ZCOUNT', KEYS[5] .. product .. each, '(' .. string.format('%.0f', now), '+inf') > 0 then
      some[#some + 1] = each
    end
  end
  return some
end
local known, spoken = redis.call('SMEMBERS', KEYS[2]), redis.call('SMEMBERS', KEYS[3])
return {
  run, string.match(server, 'uptime_in_seconds:(%d+)'), redis.call('GET', KEYS[4]) == run and 1 or 0, now,
  redis.call('HVALS', KEYS[1]), known, spoken, lingering(':captions:', known), lingering(':speech:', spoken)
}
"""


@dataclass(frozen=True)
class SessionDemand:
    """What is asked for in one session."""

    reading: frozenset[str] = frozenset()
    """Languages whose captions someone reads now, or did until a while ago and may come back."""
    partial: frozenset[str] = frozenset()
    """Those of them in which someone wants partials."""
    hearing: dict[str, frozenset[str]] = field(default_factory=dict)
    """Languages whose speech someone hears now, or did until a while ago, with the renditions."""
    lingering: frozenset[str] = frozenset()
    """Languages that are read or heard by nobody who is there now, only by those who may come back."""
    lingering_speech: frozenset[str] = frozenset()
    """The same of languages that are heard."""
    known: frozenset[str] = frozenset()
    """Languages that anyone ever read or heard."""
    spoken: dict[str, frozenset[str]] = field(default_factory=dict)
    """Languages that anyone ever heard, with the renditions."""

    certain: bool = True
    """False: that nobody asks for a language proves nothing yet, so what anyone ever asked for counts as asked for."""

    @property
    def wanted(self) -> frozenset[str]:
        """Languages in which a translation is needed now."""
        return self.reading | frozenset(self.hearing)


class Audience(Protocol):
    """Answers who listens."""

    async def of(self, session_id: str) -> SessionDemand:
        """What is asked for in a session now."""


class Asked(NamedTuple):
    """What Redis answered, with the life that answered."""

    run_id: str
    age_s: int
    """For how long that life has lasted."""
    restored: bool
    """The gateways have written again, in that life, what they know."""
    listening: SessionDemand


class RedisAudience:
    """Reads the leases at each call: one round trip. Waits while Redis is away, or may have forgotten them.

    A lease that is missing proves absence only after Redis has answered without a break, in one life that the gateways
    have written again to, for two lease periods: before that a gateway may have been unable to renew it.
    """

    def __init__(self, redis: Redis, life: RedisLife) -> None:
        self._redis, self._life = redis, life
        self._script = redis.register_script(_ASK)
        self._leases = msgspec.json.Decoder(channels.Lease)

    async def of(self, session_id: str) -> SessionDemand:
        """Adds up the leases that still count, and who is absent for a while only, by Redis's own clock."""
        (listening,) = await self.of_each([session_id])
        return listening

    async def of_each(self, session_ids: Sequence[str]) -> list[SessionDemand]:
        """The same of several sessions, in one round trip for all of them."""
        while True:
            answers = await patiently(lambda: self._ask(session_ids))
            if any(asked.run_id != self._life.run_id for asked in answers):
                await patiently(self._life.look)  # sooner than it would by itself: a fast restart falls between looks
            elif all(asked.restored or asked.age_s >= RESTORED_S for asked in answers):
                return [self._counted(asked) for asked in answers]
            else:
                with FOR_SERVERS.wait():
                    await asyncio.sleep(ASK_AGAIN_S)

    def _counted(self, asked: Asked) -> SessionDemand:
        long = min(self._life.unbroken_s, asked.age_s) * 1000 >= 2 * channels.LEASE_MS
        return asked.listening if long and asked.restored else _uncertain(asked.listening)

    async def _ask(self, session_ids: Sequence[str]) -> list[Asked]:
        if len(session_ids) == 1:
            return [self._asked(await self._script(keys=_keys(session_ids[0])))]
        pipeline = self._redis.pipeline(transaction=False)
        for session_id in session_ids:
            await self._script(keys=_keys(session_id), client=pipeline)
        return [self._asked(answer) for answer in await pipeline.execute()]

    def _asked(self, answer: Sequence[Any]) -> Asked:
        run_id, age_s, restored, now, leases, known, spoken, *absent = answer
        listening = _summed(list(map(self._leases.decode, leases)), int(now), *absent)
        known = frozenset(tag.decode() for tag in known)
        return Asked(
            run_id.decode(), int(age_s), bool(restored), replace(listening, known=known, spoken=_pairs(spoken))
        )


def _keys(session_id: str) -> list[str]:
    return [
        channels.audience_key(session_id),
        channels.languages_key(session_id),
        channels.spoken_languages_key(session_id),
        channels.restored_key(),
        channels.absent_key(session_id),
    ]


def _summed(leases: list[channels.Lease], now: int, read: list[bytes], heard: list[bytes]) -> SessionDemand:
    """What is asked for by who is there, and by who is absent; so are the listeners of a lease that has run out."""
    there = [lease for lease in leases if lease.until > now]
    reading, hearing = _read(there), _heard(there)
    away_read = frozenset(tag.decode() for tag in read) | _read(
        lease for lease in leases if lease.until <= now < lease.until + lease.captions_linger_ms
    )
    away_heard = _joined(
        _pairs(heard),
        _heard(lease for lease in leases if lease.until <= now < lease.until + lease.speech_linger_ms),
    )
    return SessionDemand(
        reading=reading | away_read,
        partial=frozenset(tag for lease in there for tag, count in lease.fast.items() if count),
        hearing=_joined(hearing, away_heard),
        lingering=(away_read | frozenset(away_heard)) - reading - frozenset(hearing),
        lingering_speech=frozenset(away_heard) - frozenset(hearing),
    )


def _read(leases: Iterable[channels.Lease]) -> frozenset[str]:
    return frozenset(tag for lease in leases for tag, count in lease.captions.items() if count)


def _heard(leases: Iterable[channels.Lease]) -> dict[str, frozenset[str]]:
    return _renditions(
        (tag, name)
        for lease in leases
        for tag, renditions in lease.speech.items()
        for name, count in renditions.items()
        if count
    )


def _pairs(entries: Iterable[bytes]) -> dict[str, frozenset[str]]:
    return _renditions(entry.decode().split(":", 1) for entry in entries)


def _joined(one: dict[str, frozenset[str]], other: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {tag: one.get(tag, frozenset()) | other.get(tag, frozenset()) for tag in one.keys() | other.keys()}


def _uncertain(listening: SessionDemand) -> SessionDemand:
    hearing = _joined(listening.hearing, listening.spoken)
    return replace(listening, reading=listening.reading | listening.known, hearing=hearing, certain=False)


def _renditions(pairs: Iterable[Sequence[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for tag, name in pairs:
        found.setdefault(tag, set()).add(name)
    return {tag: frozenset(names) for tag, names in found.items()}
