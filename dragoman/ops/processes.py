"""Which processes there are, and what their engines can do: as they say themselves, in Redis."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from dragoman.ops.live import UNREADABLE, SessionSeen, pass_over, unix_ms
from schemas.channels import (
    PRESENCE_MS,
    Capacity,
    Presence,
    Resting,
    capacity_key,
    processes_key,
    resting_key,
)
from schemas.languages import Abilities, abilities_key

STAGES_WITH_ENGINES: Final = ("transcribe", "translate", "synthesize")
FORGOTTEN_MS: Final = 60_000
"""A process that has said nothing for so long is not shown any more."""
_presence, _capacity = msgspec.json.Decoder(Presence), msgspec.json.Decoder(Capacity)
_resting, _abilities = msgspec.json.Decoder(Resting), msgspec.json.Decoder(Abilities)


class ProcessSeen(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A gateway or worker."""

    kind: str
    """`gateway`, or a stage."""
    name: str
    """Among those of its kind: of a pod its name."""
    version: str
    """Of Dragoman; empty: not known."""
    since: int
    """When it started, Unix ms."""
    silent_s: float
    """For how long it has been missing; 0: it is there."""
    connections: int
    """Of a gateway: its open sockets and streams of captions."""
    speakers: int
    """Of a gateway: sessions whose speaker it has."""
    listeners: int
    """Of a gateway: who listens by it."""
    taken: int
    """Of transcribe: sessions that it hears."""
    most: int
    """Of transcribe: sessions that it can hear; 0: it did not say."""


class EngineSeen(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """An engine of a stage."""

    stage: str
    """Its stage."""
    engine: str
    """Its name."""
    languages: int
    """For how many languages, or pairs, it is asked first."""
    resting: list[str]
    """What it is not asked for by a worker just now, as it failed again and again: `translate en es (pod-7)`."""


class Crew(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """All of both."""

    processes: list[ProcessSeen]
    """By kind and name."""
    engines: list[EngineSeen]
    """By stage and name."""


async def look_at_crew(redis: Any, sessions: Iterable[SessionSeen]) -> Crew:
    """Raises RedisError. Who has been gone for long is forgotten in Redis, too."""
    asked = redis.pipeline(transaction=False)
    asked.time()
    for key in (processes_key(), capacity_key(), resting_key()):
        asked.hgetall(key)
    for stage in STAGES_WITH_ENGINES:
        asked.get(abilities_key(stage))
    time_of_redis, present, capacities, resting, *abilities = await asked.execute()
    there, now = _decoded(_presence, processes_key(), present), unix_ms(time_of_redis)
    if gone := [name for name, presence in there.items() if presence.until + FORGOTTEN_MS < now]:
        await redis.hdel(processes_key(), *gone)
    said = {stage.encode(): row for stage, row in zip(STAGES_WITH_ENGINES, abilities, strict=True) if row is not None}
    capable, left = _decoded(_capacity, capacity_key(), capacities), _decoded(_resting, resting_key(), resting)
    return Crew(
        processes=processes(
            {name: each for name, each in there.items() if name not in gone},
            {name: each for name, each in capable.items() if each.until > now},
            sessions,
            now,
        ),
        engines=engines(
            _decoded(_abilities, "abilities", said), {name: each for name, each in left.items() if each.until > now}
        ),
    )


def processes(
    there: Mapping[str, Presence], capacities: Mapping[str, Capacity], sessions: Iterable[SessionSeen], now: int
) -> list[ProcessSeen]:
    """Each with what the sessions say of it."""
    sessions, found = list(sessions), []
    for field, presence in there.items():
        kind, _, name = field.partition(" ")
        capacity = capacities.get(name) if kind == "transcribe" else None
        own = presence.gateway
        found.append(
            ProcessSeen(
                kind=kind,
                name=name,
                version=presence.version,
                since=presence.since,
                silent_s=0.0 if presence.until > now else (now - presence.until + PRESENCE_MS) / 1000,
                connections=presence.connections,
                speakers=sum(each.gateway == own for each in sessions) if own else 0,
                listeners=sum(each.listeners.get(own, 0) for each in sessions) if own else 0,
                taken=capacity.taken if capacity else 0,
                most=capacity.most if capacity else 0,
            )
        )
    order = {kind: place for place, kind in enumerate(("gateway", "transcribe", "translate", "synthesize"))}
    return sorted(found, key=lambda each: (order.get(each.kind, len(order)), each.name))


def engines(abilities: Mapping[str, Abilities], resting: Mapping[str, Resting]) -> list[EngineSeen]:
    """Those that are asked first for something, and those that are left alone."""
    languages: dict[tuple[str, str], int] = {}
    for stage, told in abilities.items():
        for by_language in told.engines.values():
            for engine in by_language.values():
                languages[stage, engine] = languages.get((stage, engine), 0) + 1
    left: dict[tuple[str, str], list[str]] = {}
    for field, row in resting.items():
        stage, _, name = field.partition(" ")
        if stage not in STAGES_WITH_ENGINES:
            continue  # of a newer version
        for engine, operations in row.engines.items():
            left.setdefault((stage, engine), []).extend(f"{operation} ({name})" for operation in operations)
    place = STAGES_WITH_ENGINES.index
    return [
        EngineSeen(
            stage=stage, engine=engine, languages=languages.get((stage, engine), 0),
            resting=sorted(left.get((stage, engine), [])),
        )
        for stage, engine in sorted(languages.keys() | left.keys(), key=lambda key: (place(key[0]), key[1]))
    ]  # fmt: skip


def _decoded(decoder: Any, key: str, rows: Mapping[bytes, bytes]) -> dict[str, Any]:
    """By name, those that can be read."""
    found = {}
    for name, row in rows.items():
        try:
            found[name.decode()] = decoder.decode(row)
        except UNREADABLE as error:
            pass_over(f"{key} {name!r}", error)
    return found
