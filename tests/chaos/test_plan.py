"""The plan: the same for the same seed, and nothing left out."""

from collections.abc import Sequence
from itertools import islice

from tests.chaos.plan import STORM, plan

FAULTS = [f"fault-{number}" for number in range(10)]


def test_the_same_seed_gives_the_same_plan() -> None:
    one, same, other = (list(islice(plan(seed, FAULTS, bool), 40)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_every_fault_comes_once_before_a_storm_of_several() -> None:
    first = list(islice(plan(1, FAULTS, bool), len(FAULTS) + 1))
    assert sorted(first[:-1]) == [(fault,) for fault in FAULTS]
    assert len(set(first[-1])) == STORM


def test_what_cannot_happen_at_the_same_time_never_meets() -> None:
    def even(names: Sequence[str]) -> bool:
        return all(int(name[-1]) % 2 == 0 for name in names)

    planned = islice(plan(1, FAULTS, even), 5 * (len(FAULTS) + 1))
    assert all(even(names) for names in planned if len(names) > 1)
