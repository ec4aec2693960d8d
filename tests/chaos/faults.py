"""What is done to the system: each fault is a coroutine that returns when the cause is gone, not when it has healed."""

import asyncio
import signal
from collections.abc import Iterable
from functools import partial
from typing import Final

from schemas.topics import AUDIO, SPEECH, STAGES, TRANSCRIPTS, TRANSLATIONS
from tests.chaos.clocks import clock
from tests.chaos.full_house import House
from tests.chaos.halves import fall_behind, kill_between_clauses, kill_half_filled
from tests.chaos.outages import (
    AWAY_S,
    OUTAGES,
    STALL_S,
    cut_pubsub,
    empty_redis,
    fill_disk,
    restore_redis,
    stall_server,
    take_away,
)
from tests.chaos.place import Fault, Place, door_of, nobody_ends, speaking, struck
from tests.chaos.poison import spoil
from tests.chaos.stack import GATEWAYS, SESSION_TIMEOUT_S
from tests.processes import until

FROZEN_S: Final = SESSION_TIMEOUT_S + 3
KILLS: Final = 10
KILL_EVERY_S: Final = 3.0
SPOKEN: Final = "en"
"""The speakers' language, which nobody has to translate."""
SICK_S: Final = 8.0
CUTS: Final = 8
GAP_S: Final = (0.5, 20.0)
KINDS: Final = ("gateway", *STAGES)


async def send_signal(number: int, kind: str, place: Place) -> str:
    """One process of the kind ends by the signal, and is started again with what it has on its disk."""
    name = await struck(kind, place)
    before = place.stack.pid(name)
    place.stack.send(name, number)
    await until(lambda: place.stack.pid(name) not in (before, None))
    await place.stack.ready(name)
    return name


async def kill_again_and_again(stage: str, place: Place) -> str:
    """Every worker of the stage is killed as soon as it may have come back; over with the last of the kills."""
    await nobody_ends(place)
    for number in range(KILLS):
        await asyncio.sleep(KILL_EVERY_S if number else 0)
        for name in place.stack.names(stage):
            place.stack.send(name, signal.SIGKILL)
    return stage


async def stay_away(kind: str, place: Place) -> str:
    """One process is killed and is missed for a while: others must take its work."""
    name = await struck(kind, place)
    await place.stack.leave_dead(name)
    await asyncio.sleep(AWAY_S)
    await place.stack.revive(name)
    return name


async def freeze(kind: str, seconds: float, place: Place) -> str:
    """One process stands still and wakes up as if nothing had been."""
    name = await struck(kind, place)
    place.stack.send(name, signal.SIGSTOP)
    place.stack.stopped.add(name)
    try:
        await asyncio.sleep(seconds)
    finally:
        place.stack.stopped.discard(name)
        place.stack.send(name, signal.SIGCONT)
    return name


async def misset_clock(offset: str, kind: str, place: Place) -> str:
    """One process is started again on a machine whose clock is off, and after a while on one whose clock is right."""
    name = await struck(kind, place)
    await place.stack.start_anew(name, **clock(offset))
    await asyncio.sleep(AWAY_S)
    await place.stack.start_anew(name)
    return name


async def reset_socket(role: str, place: Place) -> str:
    """A client's connection is reset."""
    door, name = door_of(role, place)
    door.reset()
    return name


async def cut_over_and_over(place: Place) -> str:
    """A proxy closes a reader's stream wherever it is, also in the middle of an event."""
    door, name = door_of("reader", place)
    for _ in range(CUTS):
        await until(lambda: door.taken)
        door.cut_behind(place.dice.randrange(1, 1500))
        await until(lambda: not door.being_cut)
    return name


async def lose_network(place: Place) -> str:
    """The only listener of a language is away, for shorter or longer than its language is still asked for."""
    meeting, away_s = speaking(place), place.dice.uniform(*GAP_S)
    languages = [heard.language for heard in meeting.heard]
    alone = [number for number, tag in enumerate(languages) if languages.count(tag) == 1 and tag != SPOKEN]
    number = place.dice.choice(alone)
    door = meeting.listener_doors[number]
    door.shut()
    try:
        await asyncio.sleep(away_s)
    finally:
        door.unlock()
    return f"{meeting.heard[number].language} of {meeting.sent.session}, {away_s:.1f} s"


async def silence_socket(role: str, seconds: float, place: Place) -> str:
    """Nothing passes on a client's connection for a while, in either direction."""
    door, name = door_of(role, place)
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


async def kill_full_gateway(place: Place) -> str:
    """A gateway is killed that has as many listeners of one session as it may have: nobody is refused on the return."""
    await nobody_ends(place)
    (name, *_), code = GATEWAYS, speaking(place).sent.session
    async with House().full(place.stack.gateways(GATEWAYS.index(name)), code) as house:
        place.stack.send(name, signal.SIGKILL)
        refused = await house.returned()
        assert not refused, f"{len(refused)} of {len(house)} were refused on their return: {refused[0]}"
        await place.stack.ready(name)
        return f"{len(house)} more listeners of {code}"


async def poison(topic: str, place: Place) -> str:
    """A record that nobody can read, in the name of a session that is going on."""
    code = speaking(place).sent.session
    await spoil(place.stack.kafka, topic, code)
    return f"{topic} {code}"


def stormy(names: Iterable[str]) -> bool:
    """These can happen at the same time: each has a kind of process of its own, and none needs what another takes."""
    names = list(names)
    kinds = [name.partition("-")[0 if name.startswith(("kafka", "redis")) else 2] for name in names]
    alone = {"disk-full", "jump", "full-gateway", "clauses", *HALVES, *OUTAGES}
    return len(set(kinds)) == len(kinds) and not any(name.startswith("poison") or name in alone for name in names)


HALVES: Final = {f"half-filled-{kind}": kind for kind in ("gateway", "transcribe", "translate", "broadcast")}

FAULTS: Final[dict[str, Fault]] = {
    **{f"kill-{kind}": partial(send_signal, signal.SIGKILL, kind) for kind in KINDS},
    **{f"kills-{stage}": partial(kill_again_and_again, stage) for stage in STAGES},
    **{f"term-{kind}": partial(send_signal, signal.SIGTERM, kind) for kind in KINDS},
    **{f"away-{kind}": partial(stay_away, kind) for kind in KINDS},
    **{f"zombie-{kind}": partial(freeze, kind, FROZEN_S) for kind in KINDS},
    **{f"pause-{kind}": partial(freeze, kind, SESSION_TIMEOUT_S / 2) for kind in KINDS},
    **{f"ahead-{kind}": partial(misset_clock, "+1h", kind) for kind in KINDS},
    **{f"behind-{kind}": partial(misset_clock, "-1h", kind) for kind in KINDS},
    "jump": fall_behind,
    "full-gateway": kill_full_gateway,
    "clauses": kill_between_clauses,
    **{name: partial(kill_half_filled, kind) for name, kind in HALVES.items()},
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
    "reader-reset": partial(reset_socket, "reader"),
    "reader-silent": partial(silence_socket, "reader", 12.0),
    "reader-cut": cut_over_and_over,
    "listener-alone-away": lose_network,
    "listener-reset": partial(reset_socket, "listener"),
    "listener-silent": partial(silence_socket, "listener", 12.0),
    "listener-stalled": partial(silence_socket, "listener", 4.0),
}
