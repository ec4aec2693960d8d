"""The run: a crowd talks, faults happen one after the other, each followed by calm until everyone hears again."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from dragoman.ops.dead_letters import letters
from dragoman.runtime.errors import DragomanError
from tests.chaos.checker import check
from tests.chaos.crowd import Crowd
from tests.chaos.door import Door
from tests.chaos.faults import FAULTS
from tests.chaos.meeting import Meeting
from tests.chaos.owners import partitions_by_code
from tests.chaos.place import Place
from tests.chaos.stack import Stack
from tests.chaos.verdict import Verdict
from tests.chaos.voices import human, scripted
from tests.processes import until

WARM_UP_S: Final = 8.0
CALM_S: Final = 3.0
HEALING_S: Final = 60.0
"""After so long it counts as not healed."""
STORM: Final = "storm"
"""Name of several faults at once."""
FAULT_S: Final = 180.0
"""An outage, and the start of what was away."""


@dataclass
class Happened:
    """One fault, or several at once."""

    name: str
    began: float
    over: float = 0.0
    healed: float | None = None
    """When everyone had been given something that was spoken after the fault was over."""
    target: str = ""
    touched: frozenset[int] = frozenset()
    """Partitions whose workers were struck; empty: everyone is touched."""
    error: str = ""
    """Why it could not be done."""

    @property
    def undone(self) -> bool:
        """It proves nothing, for it could not be done; of a storm a part may be missing."""
        return bool(self.error) and self.name != STORM


@dataclass(frozen=True)
class Outcome:
    """All that a run found out."""

    happened: list[Happened]
    verdicts: list[Verdict]
    partitions: dict[str, int]
    """Of each session."""
    given_up: list[str]
    """Why, of each dead letter of a record that can be read."""
    logs: Path
    embedded: bool = False
    """Real engines heard real speech."""


async def soak(
    data: Path,
    seed: int,
    faults: Iterable[tuple[str, ...]],
    *,
    minutes: float = 1e9,
    meetings: int = 8,
    workers: int = 2,
    translate_ms: int = 0,
    embedded: bool = False,
    brokers: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Runs the faults, as many as there are or as there is time for, and judges what everyone was given.

    With `embedded` real engines hear real speech, of which only the tiling can be judged, not the words.
    """
    happened: list[Happened] = []
    engines = "embedded" if embedded else "scripted"
    async with Stack(data, workers=workers, engines=engines, translate_ms=translate_ms, brokers=brokers) as stack:
        say(f"ready; logs in {stack.logs}")
        voice = human if embedded else scripted
        crowd = Crowd(lambda first: Door(lambda: stack.gateways(first)), voice, str(seed), meetings=meetings)
        crowding = asyncio.create_task(crowd.run())
        try:
            place = Place(stack, crowd, random.Random(f"{seed}/targets"))
            happened.append(Happened("calm", time.time()))
            await asyncio.sleep(WARM_UP_S)
            await _heal(crowd, happened[0])
            give_up = time.monotonic() + minutes * 60
            for names in faults:
                if time.monotonic() > give_up or crowding.done():
                    break
                happened.append(await _suffer(place, names))
                say(f"{_line(happened[-1])}; {crowd.summary()}")
            crowd.finish()
            await crowding
            partitions = await partitions_by_code(stack.kafka)
            given_up = [letter.dead.error for letter in await letters(stack.kafka) if letter.message is not None]
        finally:
            crowding.cancel()
            await asyncio.gather(crowding, return_exceptions=True)
        verdicts = [_judge(meeting) for meeting in crowd.meetings]
        return Outcome(happened, verdicts, partitions, given_up, stack.logs, embedded)


async def _suffer(place: Place, names: tuple[str, ...]) -> Happened:
    """One fault or storm, and the calm after it."""
    fault = Happened(names[0] if len(names) == 1 else STORM, time.time())
    place.touched.clear()
    done = await asyncio.gather(*(_do(place, name) for name in names))
    fault.target = ", ".join(f"{name} of {target}" for name, (target, _) in zip(names, done, strict=True))
    fault.error = "; ".join(error for _, error in done if error)
    fault.touched = frozenset(place.touched)
    await _heal(place.crowd, fault)
    place.crowd.lasting = False
    return fault


async def _do(place: Place, name: str) -> tuple[str, str]:
    """What it was done to, and why it could not be done."""
    try:
        async with asyncio.timeout(FAULT_S):
            return await FAULTS[name](place), ""
    except (DragomanError, KafkaError, RedisError, OSError, AssertionError) as error:
        return "", f"{name} could not be done: {type(error).__name__}: {error}"


async def _heal(crowd: Crowd, fault: Happened) -> None:
    fault.over = time.time()
    try:
        await until(lambda: crowd.hears(fault.over), HEALING_S)
    except AssertionError:
        return
    fault.healed = time.time()
    await asyncio.sleep(CALM_S)


def _judge(meeting: Meeting) -> Verdict:
    return check(meeting.sent, meeting.heard)


def _line(fault: Happened) -> str:
    healed = f"healed after {fault.healed - fault.over:.1f} s" if fault.healed else "NOT HEALED"
    return f"{fault.name} ({fault.error or fault.target}) took {fault.over - fault.began:.1f} s, {healed}"
