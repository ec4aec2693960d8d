"""What is done to the system: each fault is a coroutine that returns when the cause is gone, not when it has healed."""

import asyncio
import random
import resource
import shutil
import signal
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from aiokafka.errors import KafkaError
from redis.asyncio import Redis

from dragoman.runtime.errors import DragomanError
from schemas.topics import AUDIO, SPEECH, STAGES, TRANSCRIPTS, TRANSLATIONS
from tests.chaos.crowd import Crowd, Meeting
from tests.chaos.door import Door
from tests.chaos.owners import busy
from tests.chaos.poison import spoil
from tests.chaos.stack import SESSION_TIMEOUT_S, Stack
from tests.processes import until
from tests.refusing_redis import RefusingRedis

AWAY_S: Final = 10.0
OUTAGE_S: Final = 60.0
"""As long as a speaker's client keeps what is not acknowledged."""
FROZEN_S: Final = SESSION_TIMEOUT_S + 3
STALL_S: Final = 5.0
KILLS: Final = 10
KILL_EVERY_S: Final = 3.0
SICK_S: Final = 8.0
KINDS: Final = ("gateway", *STAGES)
OUTAGES: Final = {"kafka-away": ("kafka",), "redis-away": ("redis",), "both-away": ("kafka", "redis")}


@dataclass(frozen=True)
class Place:
    """Where faults happen."""

    stack: Stack
    crowd: Crowd
    dice: random.Random
    """Chooses targets."""
    touched: set[int] = field(default_factory=set)
    """Partitions whose workers were struck by the fault that happens now; empty: everyone is touched."""


Fault = Callable[[Place], Awaitable[str]]
"""Does it; returns what it was done to."""


async def send_signal(number: int, kind: str, place: Place) -> str:
    """One process of the kind ends by the signal, and is started again with what it has on its disk."""
    name = await _struck(kind, place)
    before = place.stack.pid(name)
    place.stack.send(name, number)
    await until(lambda: place.stack.pid(name) not in (before, None))
    await place.stack.ready(name)
    return name


async def kill_again_and_again(stage: str, place: Place) -> str:
    """Every worker of the stage is killed as soon as it may have come back; over with the last of the kills."""
    place.crowd.lasting = True
    for number in range(KILLS):
        await asyncio.sleep(KILL_EVERY_S if number else 0)
        for name in place.stack.names(stage):
            place.stack.send(name, signal.SIGKILL)
    return stage


async def stay_away(kind: str, place: Place) -> str:
    """One process is killed and is missed for a while: others must take its work."""
    name = await _struck(kind, place)
    await place.stack.leave_dead(name)
    await asyncio.sleep(AWAY_S)
    await place.stack.revive(name)
    return name


async def freeze(kind: str, seconds: float, place: Place) -> str:
    """One process stands still and wakes up as if nothing had been."""
    name = await _struck(kind, place)
    place.stack.send(name, signal.SIGSTOP)
    place.stack.stopped.add(name)
    try:
        await asyncio.sleep(seconds)
    finally:
        place.stack.stopped.discard(name)
        place.stack.send(name, signal.SIGCONT)
    return name


async def stall_server(name: str, place: Place) -> str:
    """The broker or Redis stands still."""
    place.stack.send(name, signal.SIGSTOP)
    try:
        await asyncio.sleep(STALL_S)
    finally:
        place.stack.send(name, signal.SIGCONT)
    return name


async def take_away(servers: Iterable[str], place: Place) -> str:
    """Servers are missed for a long time, in which half the sessions end; they come back with their data."""
    crowd = place.crowd
    held = crowd.going_on
    for name in servers:
        await place.stack.leave_dead(name)
    crowd.restless = False  # nobody answers: all would soon be silent until the outage is over
    try:
        await asyncio.sleep(OUTAGE_S / 2)
        for meeting in crowd.going_on[::2]:
            meeting.time_is_over = True
        await asyncio.sleep(OUTAGE_S / 2)
    finally:
        crowd.restless = True
    ended = sum(meeting.doing != "speaking" for meeting in held)
    await asyncio.gather(*(place.stack.revive(name) for name in servers))
    assert ended, "no session ended meanwhile"
    return f"{' and '.join(servers)} when {ended} of {len(held)} sessions ended"


async def fill_disk(place: Place) -> str:
    """No file gets longer for a while: the broker ends, and Redis takes no writes."""
    redis, broker = RefusingRedis(place.stack.redis, place.stack.redis_files.parent), place.stack.pid("kafka")
    assert broker, "the broker is away"
    await asyncio.to_thread(redis.refuse)
    try:
        resource.prlimit(broker, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        await until(lambda: place.stack.pid("kafka") != broker)
        await place.stack.leave_dead("kafka")
        await asyncio.sleep(AWAY_S)
    finally:
        await asyncio.to_thread(redis.take)
    await place.stack.revive("kafka")
    return "kafka and redis"


async def empty_redis(place: Place) -> str:
    """Redis comes back knowing nothing."""
    await place.stack.leave_dead("redis")
    place.stack.forget()
    await place.stack.revive("redis")
    return "redis"


async def restore_redis(place: Place) -> str:
    """Redis comes back as it was a second before its end."""
    files = place.stack.redis_files
    copy = files.with_name("a-second-ago")
    await asyncio.to_thread(_copied, files, copy)
    await asyncio.sleep(1)
    await place.stack.leave_dead("redis")
    place.stack.forget()
    copy.rename(files)
    await place.stack.revive("redis")
    return "redis"


async def cut_pubsub(place: Place) -> str:
    """Redis closes all subscriptions."""
    async with Redis.from_url(place.stack.redis) as redis:
        await redis.client_kill_filter(_type="pubsub")
    return "redis"


async def reset_socket(role: str, place: Place) -> str:
    """A client's connection is reset."""
    door, name = _door(role, place)
    door.reset()
    return name


async def silence_socket(role: str, seconds: float, place: Place) -> str:
    """Nothing passes on a client's connection for a while, in either direction."""
    door, name = _door(role, place)
    door.silence()
    try:
        await asyncio.sleep(seconds)
    finally:
        door.let_pass()
    return name


async def scale(stage: str, place: Place) -> str:
    """Two more workers of a stage, and after a while they are gone again."""
    names = [f"{stage}-{number}" for number in (2, 3)]
    await asyncio.gather(*(place.stack.add(name) for name in names))
    await asyncio.sleep(STALL_S)
    await asyncio.gather(*(place.stack.dismiss(name) for name in names))
    return stage


async def sicken(stage: str, place: Place) -> str:
    """An engine is slow, fails and hangs; then the worker is deployed again with one that is well."""
    name = f"{stage}-1"
    sick = {"DRAGOMAN_SCRIPTED_LATENCY_MS": "300", "DRAGOMAN_SCRIPTED_FAULTS": "fail:0.2,hang:0.05"}
    await place.stack.add(name, **sick)
    await asyncio.sleep(SICK_S)
    await place.stack.add(name)
    return name


async def poison(topic: str, place: Place) -> str:
    """A record that nobody can read, in the name of a session that is going on."""
    code = _meeting(place).sent.session
    await spoil(place.stack.kafka, topic, code)
    return f"{topic} {code}"


def stormy(names: Iterable[str]) -> bool:
    """These can happen at the same time: each has a kind of process of its own, and none needs what another takes."""
    names = list(names)
    kinds = [name.partition("-")[0 if name.startswith(("kafka", "redis")) else 2] for name in names]
    alone = {"disk-full", *OUTAGES}
    return len(set(kinds)) == len(kinds) and not any(name.startswith("poison") or name in alone for name in names)


FAULTS: Final[dict[str, Fault]] = {
    **{f"kill-{kind}": partial(send_signal, signal.SIGKILL, kind) for kind in KINDS},
    **{f"kills-{stage}": partial(kill_again_and_again, stage) for stage in STAGES},
    **{f"term-{kind}": partial(send_signal, signal.SIGTERM, kind) for kind in KINDS},
    **{f"away-{kind}": partial(stay_away, kind) for kind in KINDS},
    **{f"zombie-{kind}": partial(freeze, kind, FROZEN_S) for kind in KINDS},
    **{f"pause-{kind}": partial(freeze, kind, SESSION_TIMEOUT_S / 2) for kind in KINDS},
    **{f"scale-{stage}": partial(scale, stage) for stage in STAGES},
    **{f"sick-{stage}": partial(sicken, stage) for stage in ("transcribe", "translate", "synthesize")},
    **{f"poison-{topic}": partial(poison, topic) for topic in (AUDIO, TRANSCRIPTS, TRANSLATIONS, SPEECH)},
    **{name: partial(take_away, servers) for name, servers in OUTAGES.items()},
    "kafka-kill": partial(send_signal, signal.SIGKILL, "kafka"),
    "kafka-term": partial(send_signal, signal.SIGTERM, "kafka"),
    "kafka-stall": partial(stall_server, "kafka"),
    "redis-kill": partial(send_signal, signal.SIGKILL, "redis"),
    "redis-term": partial(send_signal, signal.SIGTERM, "redis"),
    "redis-stall": partial(stall_server, "redis"),
    "redis-empty": empty_redis,
    "redis-restored": restore_redis,
    "disk-full": fill_disk,
    "pubsub-cut": cut_pubsub,
    "speaker-reset": partial(reset_socket, "speaker"),
    "speaker-silent": partial(silence_socket, "speaker", 12.0),
    "listener-reset": partial(reset_socket, "listener"),
    "listener-silent": partial(silence_socket, "listener", 12.0),
    "listener-stalled": partial(silence_socket, "listener", 4.0),
}


async def _struck(kind: str, place: Place) -> str:
    """One process of the kind; of workers one in whose sessions someone speaks, and its partitions are noted."""
    names = place.dice.sample(place.stack.names(kind), len(place.stack.names(kind)))
    name = names[0]
    if kind in STAGES:
        codes = [meeting.sent.session for meeting in place.crowd.going_on if not meeting.muted]
        with suppress(DragomanError, KafkaError):  # in a storm it may be away: then everyone counts as touched
            name, own = await busy(place.stack.kafka, kind, names, codes)
            place.touched.update(own)
    return name


def _meeting(place: Place) -> Meeting:
    assert place.crowd.going_on, "nobody speaks"
    return place.dice.choice(place.crowd.going_on)


def _door(role: str, place: Place) -> tuple[Door, str]:
    meeting = _meeting(place)
    doors = [meeting.speaker_door] if role == "speaker" else meeting.listener_doors
    door = place.dice.choice(doors)
    assert door is not None
    return door, f"{role} of {meeting.sent.session}"


def _copied(files: Path, copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(files, copy)
