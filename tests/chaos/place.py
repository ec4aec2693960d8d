"""Where faults happen, and whom they strike."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from aiokafka.errors import KafkaError

from dragoman.runtime.errors import DragomanError
from schemas.topics import STAGES
from tests.chaos.crowd import Crowd
from tests.chaos.door import Door
from tests.chaos.meeting import Meeting
from tests.chaos.owners import busy
from tests.chaos.stack import Stack
from tests.processes import until

ENDING_S: Final = 60.0


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


async def struck(kind: str, place: Place) -> str:
    """One process of the kind; of workers one in whose sessions someone speaks, and its partitions are noted."""
    names = place.dice.sample(place.stack.names(kind), len(place.stack.names(kind)))
    name = names[0]
    if kind in STAGES:
        codes = [meeting.sent.session for meeting in place.crowd.going_on if not meeting.muted]
        with suppress(DragomanError, KafkaError):  # in a storm it may be away: then everyone counts as touched
            name, own = await busy(place.stack.kafka, kind, names, codes)
            place.touched.update(own)
    return name


async def nobody_ends(place: Place) -> None:
    """From now on, and those who were ending have ended: their sockets wait for the last words for 30 s only."""
    place.crowd.lasting = True
    await until(lambda: not place.crowd.ending, ENDING_S)


def speaking(place: Place) -> Meeting:
    assert place.crowd.going_on, "nobody speaks"
    return place.dice.choice(place.crowd.going_on)


def door_of(role: str, place: Place) -> tuple[Door, str]:
    meeting = speaking(place)
    others = {"speaker": [meeting.speaker_door], "reader": [meeting.reader_door]}
    doors = others.get(role, [*meeting.listener_doors])
    door = place.dice.choice(doors)
    assert door is not None
    return door, f"{role} of {meeting.sent.session}"
