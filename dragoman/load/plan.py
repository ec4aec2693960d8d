"""Who says what and when, fixed before anything is measured: nothing that the server does moves it.

That is how coordinated omission is avoided: a slow answer delays no later question, and all times count from the plan.
Interruptions are the exception: one waits for something that is heard, and what its session says next waits for it.
"""

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dragoman.load.profiles import Profile
from dragoman.load.scenarios import Scenario

APART_S: Final = 1.0
"""At least so much silence between two utterances, as a pause that ends one."""
SETTLING_S: Final = 0.5
"""After a session has begun nobody speaks for so long, so that its listeners are there."""
EVERY_S: Final = 8.0
"""How often a restless listener switches or loses the network."""

Habit = Literal["steady", "late", "leaving", "switching", "losing"]
"""Of a listener: there all the time, joins late, leaves early, changes the language, loses the network."""
RESTLESS: Final[tuple[Habit, ...]] = ("late", "leaving", "switching", "losing")


@dataclass(frozen=True)
class LoadShape:
    """What is asked for."""

    concurrency: int
    """Sessions at the same time."""
    listeners: int
    """Of each session."""
    languages: tuple[str, ...]
    """Of listeners, in turn."""
    restless: float
    """Share of a session's listeners that come, go, switch and lose their network; one of each language stays."""
    duration_s: float
    """That is measured."""
    requests: int
    """At most so many utterances are measured; 0: any number."""
    ramp_s: float
    """In so long all sessions begin, one after the other."""
    warm_up_s: float
    """After that, before anything is measured."""
    slow_language: str = ""
    """One more listener of each session reads and hears it: its engine is slow."""

    @property
    def measured_from_s(self) -> float:
        """Since the start."""
        return self.ramp_s + self.warm_up_s

    @property
    def until_s(self) -> float:
        """Nothing begins to be said after that."""
        return self.measured_from_s + self.duration_s


@dataclass(frozen=True)
class PlannedUtterance:
    """Something that will be said."""

    session: int
    begin_s: float
    """Since the start."""
    scenario: Scenario
    shortest_s: float
    longest_s: float
    counted: bool
    """False in the warm-up."""
    seed: int
    """Of the choice of its speech."""


@dataclass(frozen=True)
class PlannedListener:
    """One who will be there."""

    language: str
    habit: Habit
    from_s: float
    """Since the start."""
    until_s: float | None
    """Leaves then; None: at the end."""
    slow: bool = False
    """Reads and hears the language with the slow engine."""


def session_begins_s(shape: LoadShape, session: int) -> float:
    """Since the start."""
    return shape.ramp_s * session / max(1, shape.concurrency)


def utterances(
    shape: LoadShape, kinds: Sequence[Profile], shares: Mapping[Scenario, float], seed: int
) -> list[PlannedUtterance]:
    """All of them, in the order of time; sessions have the profiles in turn."""
    each = [_of_session(shape, number, kinds[number % len(kinds)], shares, seed) for number in range(shape.concurrency)]
    planned, counted = [], 0
    for one in heapq.merge(*each, key=lambda planned: planned.begin_s):
        if shape.requests and counted == shape.requests:
            break
        planned.append(one)
        counted += one.counted
    return planned


def _of_session(
    shape: LoadShape, number: int, profile: Profile, shares: Mapping[Scenario, float], seed: int
) -> Iterator[PlannedUtterance]:
    dice = random.Random(f"{seed} {number}")
    begin_s = session_begins_s(shape, number) + SETTLING_S + dice.uniform(0, max(APART_S, profile.pause_s))
    while begin_s < shape.until_s:
        (scenario,) = dice.choices(list(shares), list(shares.values()))
        yield PlannedUtterance(
            number,
            begin_s,
            scenario,
            profile.shortest_s,
            profile.longest_s,
            begin_s >= shape.measured_from_s,
            dice.getrandbits(32),
        )
        mean_s = (profile.shortest_s + profile.longest_s) / 2
        by_chance_s = max(0.0, profile.pause_s - APART_S)
        pause_s = profile.pause_s * dice.uniform(0.8, 1.2) if profile.even else dice.expovariate(1 / by_chance_s)
        begin_s += mean_s + (pause_s if profile.even else APART_S + pause_s)


def listeners(shape: LoadShape, session: int, seed: int) -> list[PlannedListener]:
    """Of one session: the first of each language is steady."""
    dice = random.Random(f"{seed} listeners {session}")
    begun_s = session_begins_s(shape, session)
    found = []
    for number in range(shape.listeners):
        language = shape.languages[number % len(shape.languages)]
        restless = number >= len(shape.languages) and dice.random() < shape.restless
        habit: Habit = dice.choice(RESTLESS) if restless else "steady"
        middle_s = dice.uniform(begun_s + 1, max(begun_s + 1, shape.until_s))
        found.append(
            PlannedListener(
                language,
                habit,
                middle_s if habit == "late" else begun_s,
                middle_s if habit == "leaving" else None,
            )
        )
    if shape.slow_language:
        found.append(PlannedListener(shape.slow_language, "steady", begun_s, None, slow=True))
    return found
