"""The run: a crowd talks, faults happen one after the other, each followed by calm until everyone hears again."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.chaos.checker import Verdict, check
from tests.chaos.crowd import Crowd, Meeting
from tests.chaos.door import Door
from tests.chaos.faults import FAULTS, Field
from tests.chaos.stack import Stack
from tests.processes import until

WARM_UP_S: Final = 8.0
CALM_S: Final = 3.0
HEALING_S: Final = 60.0
"""After so long it counts as not healed."""
FAULT_S: Final = 90.0


@dataclass
class Happened:
    """One fault, or several at once."""

    name: str
    began: float
    over: float = 0.0
    healed: float | None = None
    """When everyone had been given something that was spoken after the fault was over."""
    target: str = ""
    error: str = ""
    """Why it could not be done."""


@dataclass(frozen=True)
class Outcome:
    """All that a run found out."""

    happened: list[Happened]
    verdicts: list[Verdict]
    logs: Path


async def soak(
    data: Path,
    seed: int,
    faults: Iterable[tuple[str, ...]],
    *,
    minutes: float = 1e9,
    meetings: int = 8,
    say: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Runs the faults, as many as there are or as there is time for, and judges what everyone was given."""
    happened: list[Happened] = []
    async with Stack(data) as stack:
        say(f"ready; logs in {stack.logs}")
        crowd = Crowd(lambda first: Door(lambda: stack.gateways(first)), str(seed), meetings=meetings)
        crowding = asyncio.create_task(crowd.run())
        try:
            field = Field(stack, crowd, random.Random(f"{seed}/targets"))
            happened.append(Happened("calm", time.time()))
            await asyncio.sleep(WARM_UP_S)
            await _heal(crowd, happened[0])
            give_up = time.monotonic() + minutes * 60
            for names in faults:
                if time.monotonic() > give_up or crowding.done():
                    break
                happened.append(await _suffer(field, names))
                say(_line(happened[-1]))
            crowd.finish()
            await crowding
        finally:
            crowding.cancel()
            await asyncio.gather(crowding, return_exceptions=True)
        return Outcome(happened, [_judge(meeting) for meeting in crowd.meetings], stack.logs)


async def _suffer(field: Field, names: tuple[str, ...]) -> Happened:
    """One fault or storm, and the calm after it."""
    fault = Happened(names[0] if len(names) == 1 else "storm", time.time())
    try:
        async with asyncio.timeout(FAULT_S):
            targets = await asyncio.gather(*(FAULTS[name](field) for name in names))
        fault.target = ", ".join(f"{name} of {target}" for name, target in zip(names, targets, strict=True))
    except (OSError, TimeoutError, AssertionError) as error:
        fault.error = f"{type(error).__name__}: {error}"
    await _heal(field.crowd, fault)
    return fault


async def _heal(crowd: Crowd, fault: Happened) -> None:
    fault.over = time.time()
    try:
        await until(lambda: all(meeting.heard_since(fault.over) for meeting in crowd.going_on), HEALING_S)
    except AssertionError:
        return
    fault.healed = time.time()
    await asyncio.sleep(CALM_S)


def _judge(meeting: Meeting) -> Verdict:
    return check(meeting.sent, meeting.heard)


def _line(fault: Happened) -> str:
    healed = f"healed after {fault.healed - fault.over:.1f} s" if fault.healed else "NOT HEALED"
    return f"{fault.name} ({fault.target or fault.error}) took {fault.over - fault.began:.1f} s, {healed}"
