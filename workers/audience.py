"""Who listens to what: the leases that the gateways keep in Redis, added up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from redis.asyncio import Redis

from schemas import channels
from workers.outbox import patiently


@dataclass(frozen=True)
class Listening:
    """What is asked for in one session."""

    reading: frozenset[str] = frozenset()
    """Languages whose captions someone reads now."""
    partial: frozenset[str] = frozenset()
    """Those of them in which someone wants partials."""
    hearing: dict[str, frozenset[str]] = field(default_factory=dict)
    """Languages whose speech someone hears now, with the formats."""
    known: frozenset[str] = frozenset()
    """Languages that anyone ever read or heard."""
    spoken: dict[str, frozenset[str]] = field(default_factory=dict)
    """Languages that anyone ever heard, with the formats."""

    @property
    def wanted(self) -> frozenset[str]:
        """Languages in which a translation is needed now."""
        return self.reading | frozenset(self.hearing)


class Audience(Protocol):
    """Answers who listens."""

    async def of(self, session_id: str) -> Listening:
        """What is asked for in a session now."""


class RedisAudience:
    """Reads the leases at each call: one round trip. Waits while Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._leases = msgspec.json.Decoder(channels.Lease)

    async def of(self, session_id: str) -> Listening:
        """Adds up the leases that still count, by Redis's own clock."""
        (seconds, micros), leases, known, spoken = await patiently(lambda: self._read(session_id))
        now = seconds * 1000 + micros // 1000
        current = [lease for lease in map(self._leases.decode, leases) if lease.until > now]
        return Listening(
            reading=frozenset(tag for lease in current for tag, count in lease.captions.items() if count),
            partial=frozenset(tag for lease in current for tag, count in lease.fast.items() if count),
            hearing=_formats(
                (tag, name)
                for lease in current
                for tag, formats in lease.speech.items()
                for name, count in formats.items()
                if count
            ),
            known=frozenset(tag.decode() for tag in known),
            spoken=_formats(entry.decode().split(":", 1) for entry in spoken),
        )

    async def _read(self, session_id: str) -> list[Any]:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.time()
        pipeline.hvals(channels.audience_key(session_id))
        pipeline.smembers(channels.languages_key(session_id))
        pipeline.smembers(channels.spoken_languages_key(session_id))
        return await pipeline.execute()


def _formats(pairs: Iterable[Sequence[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for tag, name in pairs:
        found.setdefault(tag, set()).add(name)
    return {tag: frozenset(names) for tag, names in found.items()}
