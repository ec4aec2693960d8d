"""Which faults happen, in which order: the same seed gives the same plan."""

import random
from collections.abc import Iterator, Sequence

STORM = 3
"""Faults of a storm, which happen at the same time."""


def plan(seed: int, faults: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Without end: every fault once, in a new order each time, then a storm of several at once."""
    dice = random.Random(f"{seed}/plan")
    while True:
        round_ = dice.sample(faults, len(faults))
        yield from ((fault,) for fault in round_)
        if len(faults) >= STORM:
            yield tuple(dice.sample(faults, STORM))
