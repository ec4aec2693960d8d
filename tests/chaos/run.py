"""A run: the system, its crowd, and one fault after the other from a seeded plan."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.checker import Tally
from tests.chaos.crowd import Crowd, Talk
from tests.chaos.faults import FAULTS, recovered
from tests.chaos.report import Span, by_fault, totals, verdict
from tests.chaos.stack import Stack

CALM_S = 4.0
"""Between recovery and the next fault."""


def plan(seed: int, faults: Sequence[str]) -> list[str]:
    """Every fault once, in the seed's order."""
    order = sorted(faults)
    random.Random(seed).shuffle(order)
    return order


@dataclass
class Outcome:
    """What a run showed."""

    captions: Tally
    speech: Tally
    spans: list[Span]
    talks: list[Talk] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        """Nothing is wrong that was not announced, and everybody recovered."""
        return not self.captions.bad and not self.speech.bad and all(span.recovered for span in self.spans)

    def lines(self) -> list[str]:
        """The report."""
        complaints = [*self.captions.complaints, *self.speech.complaints]
        return [
            *by_fault(self.talks, self.spans),
            "",
            totals("captions", self.captions),
            totals("speech", self.speech),
            f"sessions: {len(self.talks)}",
            *complaints[:60],
            "PASS" if self.fine else "FAIL",
        ]


async def run(
    folder: Path,
    *,
    seed: int,
    minutes: float,
    faults: Sequence[str] = (),
    rooms: int = 5,
    say: Callable[[str], None],
    **settings: str,
) -> Outcome:
    """Breaks things for so long, each fault of the plan at least once if `minutes` is 0."""
    stack = Stack(folder, **settings)
    now: list[str] = [""]
    dice = random.Random(seed)
    crowd = Crowd(rooms, stack.gateway_ports, seed, lambda: now[0])
    spans: list[Span] = []
    try:
        await stack.start()
        crowd.start()
        await _everyone_hears(crowd)
        deadline, left = time.monotonic() + minutes * 60, plan(seed, faults or tuple(FAULTS))
        while left or time.monotonic() < deadline:
            left = left or plan(dice.randrange(2**32), faults or tuple(FAULTS))
            if minutes and time.monotonic() >= deadline:
                break
            spans.append(await _break(stack, crowd, dice, left.pop(0), now, say))
        await crowd.go_home()
    finally:
        await stack.stop()
    captions, speech = verdict(crowd.talks)
    return Outcome(captions, speech, spans, crowd.talks)


async def _everyone_hears(crowd: Crowd) -> None:
    async with asyncio.timeout(60):
        while not crowd.ears or not all(ear.heard.finals for ear in crowd.ears):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def _break(
    stack: Stack, crowd: Crowd, dice: random.Random, name: str, now: list[str], say: Callable[[str], None]
) -> Span:
    span = Span(name, time.monotonic())
    now[0] = name
    await FAULTS[name](stack, crowd, dice)
    await stack.ready()
    span.recovered = await recovered(crowd, time.monotonic())
    span.end = time.monotonic()
    now[0] = ""
    say(f"{name}: {span.end - span.begin:.1f} s" + ("" if span.recovered else "  NOT RECOVERED"))
    await asyncio.sleep(CALM_S)
    return span
