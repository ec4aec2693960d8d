"""What is done when something is half done: a backlog, a hole that is being filled, a sentence that is being spoken."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tests.chaos.holes import unfilled
from tests.chaos.notes import Final as FinalNote
from tests.chaos.notes import Heard, Spoken
from tests.chaos.place import Place, nobody_ends
from tests.processes import until

JUMP_S: Final = 6
BEHIND_S: Final = 25.0
AWAY_S: Final = 45.0
"""A worker that was just started takes nobody for absent in its first 30 s; then some sentences more."""
ALONE: Final = ("ca", "de")
"""Languages with one listener, which are never spoken."""
TRIES: Final = 2
FILL_S: Final = 60.0
CLAUSES: Final = 5
LATENCY: Final = "DRAGOMAN_SCRIPTED_LATENCY_MS"
SLOW: Final = {LATENCY: "600"}
"""Live all the same."""
TOO_SLOW: Final = {LATENCY: "4000", "DRAGOMAN_ENGINE_TIMEOUT_S": "20", "DRAGOMAN_JUMP_S": f"{JUMP_S}"}


async def fall_behind(place: Place) -> str:
    """All recognisers are slower than speech until lanes jump to live; then they are well, and must fill the holes."""
    await nobody_ends(place)
    jumped = await _jump(place)
    await _start_anew(place, "transcribe", {})
    return f"{jumped} holes"


async def kill_between_clauses(place: Place) -> str:
    """All voices are killed when a listener has heard the beginning of a sentence, over and over."""
    await _start_anew(place, "synthesize", SLOW)
    for _ in range(CLAUSES):
        began = time.time()
        await until(lambda since=began: any(_begun(heard, since) for heard in _listening(place)))
        await _kill_all(place, "synthesize")
    await _start_anew(place, "synthesize", {})
    return f"{CLAUSES} sentences"


async def kill_half_filled(kind: str, place: Place) -> str:
    """Every process of a kind is killed when some of the words that were missing have come, and the rest has not."""
    await nobody_ends(place)
    place.crowd.restless = False
    slow = "transcribe" if kind == "transcribe" else "translate"
    try:
        for _ in range(TRIES):
            began = time.time()
            if kind == "transcribe":
                await _jump(place)
            await _start_anew(place, slow, SLOW)
            if kind != "transcribe":
                await _lose_reader(place)
            if half := await _seen(lambda since=began: [each for each in _listening(place) if _half(each, since)]):
                left = len(unfilled(half[0]))
                await _kill_all(place, kind)
                await _rest_comes(half[0])
                return f"{kind}, {left} holes of {half[0].session} {half[0].language}"
    finally:
        place.crowd.restless = True
        await _start_anew(place, slow, {})
    raise AssertionError("nothing was half filled")


async def _jump(place: Place) -> int:
    """How many holes came of it."""
    began = time.time()
    await _start_anew(place, "transcribe", TOO_SLOW)
    await asyncio.sleep(BEHIND_S)
    notes = [note for meeting in place.crowd.meetings for heard in meeting.heard for note in heard.notes]
    jumped = sum(isinstance(note, FinalNote) and note.reason == "jump" and note.at > began for note in notes)
    assert jumped, "nobody had to jump"
    return jumped


async def _lose_reader(place: Place) -> None:
    """The only one of a language is away for so long that nothing is made for it any more."""
    talking = [meeting for meeting in place.crowd.going_on if not meeting.muted]
    assert talking, "nobody speaks"
    meeting = place.dice.choice(talking)
    alone = [number for number, heard in enumerate(meeting.heard) if heard.language in ALONE]
    door = meeting.listener_doors[place.dice.choice(alone)]
    door.shut()
    try:
        await asyncio.sleep(AWAY_S)
    finally:
        door.unlock()


async def _rest_comes(listener: Heard) -> None:
    """To the one who is there: whoever comes anew would ask for it again."""
    with suppress(AssertionError):
        await until(lambda: not unfilled(listener), FILL_S)
    assert not unfilled(listener), "the rest of a hole never came"


async def _kill_all(place: Place, kind: str) -> None:
    """At once; returns when others are there in their place."""
    before = {name: place.stack.pid(name) for name in place.stack.names(kind)}
    for name in before:
        place.stack.send(name, signal.SIGKILL)
    await until(lambda: all(place.stack.pid(name) not in (pid, None) for name, pid in before.items()))
    await asyncio.gather(*(place.stack.ready(name) for name in before))


async def _start_anew(place: Place, stage: str, own: dict[str, str]) -> None:
    await asyncio.gather(*(place.stack.start_anew(name, **own) for name in place.stack.names(stage)))


def _listening(place: Place) -> list[Heard]:
    return [heard for meeting in place.crowd.going_on for heard in meeting.heard]


def _begun(heard: Heard, since: float) -> bool:
    spoken = [note for note in heard.notes if isinstance(note, Spoken)]
    return bool(spoken) and spoken[-1].at > since and spoken[-1].outcome == "ok" and not spoken[-1].last


def _half(heard: Heard, since: float) -> bool:
    return bool(heard.fills) and heard.fills[-1].at > since and bool(unfilled(heard))


async def _seen(found: Callable[[], list[Heard]], within_s: float = 15) -> list[Heard]:
    """As soon as there is something; empty if it took too long."""
    with suppress(AssertionError):
        await until(found, within_s)
    return found()
