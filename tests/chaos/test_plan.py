"""The plan: the same for the same seed, and nothing left out."""

from itertools import islice

from tests.chaos.plan import STORM, plan

FAULTS = [f"fault-{number}" for number in range(10)]


def test_the_same_seed_gives_the_same_plan() -> None:
    one, same, other = (list(islice(plan(seed, FAULTS), 40)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_every_fault_comes_once_before_a_storm_of_several() -> None:
    first = list(islice(plan(1, FAULTS), len(FAULTS) + 1))
    assert sorted(first[:-1]) == [(fault,) for fault in FAULTS]
    assert len(set(first[-1])) == STORM
