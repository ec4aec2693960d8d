"""A few turns at once, then one at a time; who comes alone never waits."""

import pytest

from dragoman.runtime.rhythm import Rhythm


def taken(times: list[float]) -> list[float]:
    """When those who come at these times have their turns."""
    rhythm, turns = Rhythm(every_s=1, at_once=3), []
    for came in times:
        now = max(came, turns[-1] if turns else 0.0)
        now += rhythm.wait_s(now)
        rhythm.turn(now)
        turns.append(now)
    return turns


@pytest.mark.parametrize(
    ("times", "turns"),
    [
        ([10, 20, 30], [10, 20, 30]),
        ([10, 10, 10, 10, 10], [10, 10, 10, 11, 12]),
        ([10, 10, 10, 10, 20, 20, 20, 20], [10, 10, 10, 11, 20, 20, 20, 21]),
        ([10, 10.5, 11, 11.5, 12, 12.5], [10, 10.5, 11, 11.5, 12, 13]),
    ],
)
def test_a_few_come_at_once_and_many_one_after_the_other(times: list[float], turns: list[float]) -> None:
    assert taken(times) == turns
