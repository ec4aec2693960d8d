"""What is done to the system: each fault is a coroutine that returns when the cause is gone, not when it has healed."""

import asyncio
import random
import shutil
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from dragoman.ops.records import find_session
from schemas.topics import AUDIO, STAGES, TRANSCRIPTS, TRANSLATIONS
from tests.chaos.crowd import Crowd
from tests.chaos.door import Door
from tests.chaos.stack import SESSION_TIMEOUT_S, Stack
from tests.processes import until

AWAY_S: Final = 10.0
FROZEN_S: Final = SESSION_TIMEOUT_S + 3
STALL_S: Final = 5.0
SICK_S: Final = 8.0
KINDS: Final = ("gateway", *STAGES)


@dataclass(frozen=True)
class Field:
    """Where faults happen."""

    stack: Stack
    crowd: Crowd
    dice: random.Random
    """Chooses targets."""


Fault = Callable[[Field], Awaitable[str]]
"""Does it; returns what it was done to."""


async def send_signal(number: int, kind: str, field: Field) -> str:
    """One process of the kind ends by the signal, and is started again with what it has on its disk."""
    name = field.dice.choice(field.stack.names(kind))
    before = field.stack.pid(name)
    field.stack.send(name, number)
    await until(lambda: field.stack.pid(name) not in (before, None))
    await field.stack.ready(name)
    return name


async def stay_away(kind: str, field: Field) -> str:
    """One process is killed and is missed for a while: others must take its work."""
    name = field.dice.choice(field.stack.names(kind))
    await field.stack.leave_dead(name)
    await asyncio.sleep(AWAY_S)
    await field.stack.revive(name)
    return name


async def freeze(kind: str, seconds: float, field: Field) -> str:
    """One process stands still and wakes up as if nothing had been."""
    name = field.dice.choice(field.stack.names(kind))
    field.stack.send(name, signal.SIGSTOP)
    field.stack.stopped.add(name)
    try:
        await asyncio.sleep(seconds)
    finally:
        field.stack.stopped.discard(name)
        field.stack.send(name, signal.SIGCONT)
    return name


async def stall_server(name: str, field: Field) -> str:
    """The broker or Redis stands still."""
    field.stack.send(name, signal.SIGSTOP)
    try:
        await asyncio.sleep(STALL_S)
    finally:
        field.stack.send(name, signal.SIGCONT)
    return name


async def empty_redis(field: Field) -> str:
    """Redis comes back knowing nothing."""
    await field.stack.leave_dead("redis")
    field.stack.forget()
    await field.stack.revive("redis")
    return "redis"


async def restore_redis(field: Field) -> str:
    """Redis comes back as it was a second before its end."""
    files = field.stack.redis_files
    copy = files.with_name("a-second-ago")
    await asyncio.to_thread(_copied, files, copy)
    await asyncio.sleep(1)
    await field.stack.leave_dead("redis")
    field.stack.forget()
    copy.rename(files)
    await field.stack.revive("redis")
    return "redis"


async def cut_pubsub(field: Field) -> str:
    """Redis closes all subscriptions."""
    async with Redis.from_url(field.stack.redis) as redis:
        await redis.client_kill_filter(_type="pubsub")
    return "redis"


async def reset_socket(role: str, field: Field) -> str:
    """A client's connection is reset."""
    door, name = _door(role, field)
    door.reset()
    return name


async def silence_socket(role: str, seconds: float, field: Field) -> str:
    """Nothing passes on a client's connection for a while, in either direction."""
    door, name = _door(role, field)
    door.silence()
    try:
        await asyncio.sleep(seconds)
    finally:
        door.let_pass()
    return name


async def scale(stage: str, field: Field) -> str:
    """Two more workers of a stage, and after a while they are gone again."""
    names = [f"{stage}-{number}" for number in (2, 3)]
    await asyncio.gather(*(field.stack.add(name) for name in names))
    await asyncio.sleep(STALL_S)
    await asyncio.gather(*(field.stack.dismiss(name) for name in names))
    return stage


async def sicken(stage: str, field: Field) -> str:
    """An engine is slow, fails and hangs; then the worker is deployed again with one that is well."""
    name = f"{stage}-1"
    sick = {"DRAGOMAN_SCRIPTED_LATENCY_MS": "300", "DRAGOMAN_SCRIPTED_FAULTS": "fail:0.2,hang:0.05"}
    await field.stack.add(name, **sick)
    await asyncio.sleep(SICK_S)
    await field.stack.add(name)
    return name


async def poison(topic: str, field: Field) -> str:
    """A record that nobody can read, in the name of a session that is going on."""
    meeting = field.dice.choice(field.crowd.going_on)
    session = await find_session(field.stack.kafka, meeting.sent.session)
    producer = AIOKafkaProducer(bootstrap_servers=field.stack.kafka)
    await producer.start()
    try:
        headers = [("kind", b"frame"), ("position", b"many")]
        await producer.send_and_wait(
            topic, b"\xff{", key=session.session_id.encode(), partition=session.partition, headers=headers
        )
    finally:
        await producer.stop()
    return f"{topic} {meeting.sent.session}"


FAULTS: Final[dict[str, Fault]] = {
    **{f"kill-{kind}": partial(send_signal, signal.SIGKILL, kind) for kind in KINDS},
    **{f"term-{kind}": partial(send_signal, signal.SIGTERM, kind) for kind in KINDS},
    **{f"away-{kind}": partial(stay_away, kind) for kind in KINDS},
    **{f"zombie-{kind}": partial(freeze, kind, FROZEN_S) for kind in KINDS},
    **{f"pause-{kind}": partial(freeze, kind, SESSION_TIMEOUT_S / 2) for kind in KINDS},
    **{f"scale-{stage}": partial(scale, stage) for stage in STAGES},
    **{f"sick-{stage}": partial(sicken, stage) for stage in ("transcribe", "translate", "synthesize")},
    **{f"poison-{topic}": partial(poison, topic) for topic in (AUDIO, TRANSCRIPTS, TRANSLATIONS)},
    "kafka-kill": partial(send_signal, signal.SIGKILL, "kafka"),
    "kafka-term": partial(send_signal, signal.SIGTERM, "kafka"),
    "kafka-stall": partial(stall_server, "kafka"),
    "redis-kill": partial(send_signal, signal.SIGKILL, "redis"),
    "redis-term": partial(send_signal, signal.SIGTERM, "redis"),
    "redis-stall": partial(stall_server, "redis"),
    "redis-empty": empty_redis,
    "redis-restored": restore_redis,
    "pubsub-cut": cut_pubsub,
    "speaker-reset": partial(reset_socket, "speaker"),
    "speaker-silent": partial(silence_socket, "speaker", 12.0),
    "listener-reset": partial(reset_socket, "listener"),
    "listener-silent": partial(silence_socket, "listener", 12.0),
    "listener-stalled": partial(silence_socket, "listener", 4.0),
}


def _door(role: str, field: Field) -> tuple[Door, str]:
    meeting = field.dice.choice(field.crowd.going_on)
    doors = [meeting.speaker_door] if role == "speaker" else meeting.listener_doors
    door = field.dice.choice(doors)
    assert door is not None
    return door, f"{role} of {meeting.sent.session}"


def _copied(files: Path, copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(files, copy)
