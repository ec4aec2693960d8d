"""Which faults happen, in which order: the same seed gives the same plan."""

import random
from collections.abc import Callable, Iterator, Sequence

STORM = 3
"""Faults of a storm, which happen at the same time."""


def plan(seed: int, faults: Sequence[str], may_meet: Callable[[Sequence[str]], bool]) -> Iterator[tuple[str, ...]]:
    """Without end: every fault once, in a new order each time, then a storm of several that `may_meet`."""
    dice = random.Random(f"{seed}/plan")
    while True:
        round_ = dice.sample(faults, len(faults))
        yield from ((fault,) for fault in round_)
        storm = dice.sample(faults, STORM)
        while not may_meet(storm):
            storm = dice.sample(faults, STORM)
        yield tuple(storm)
