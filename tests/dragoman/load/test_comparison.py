"""A regression is worse than repeats of the same differ."""

from typing import Any

import pytest

from dragoman.load.comparison import Difference, differences
from dragoman.runtime.errors import DragomanError


def run(mean_s: float, *, sessions: int = 10, success: float = 1.0) -> dict[str, Any]:
    return {"shape": {"concurrency": sessions}, "success": success, "figures": {"ttft": {"mean": mean_s, "p95": None}}}


def ttft(old: list[float], new: list[float]) -> Difference:
    found = differences([run(each) for each in old], [run(each) for each in new])
    return next(each for each in found if each.name == "ttft_mean")


@pytest.mark.parametrize(
    ("old", "new", "regressed"),
    [
        ([1.0, 1.0], [1.2, 1.2], True),
        ([1.0, 1.0], [1.04, 1.04], False),  # less than 5 %
        ([0.9, 1.1], [1.15, 1.15], False),  # repeats differed by more
        ([1.0, 1.0], [1.0, 1.4], False),  # the new ones do
        ([1.0, 1.0], [0.5, 0.5], False),  # quicker
        ([0.001, 0.001], [0.004, 0.004], False),  # 3 ms
        ([1.0], [2.0, 2.0], False),  # nobody knows what is noise
    ],
)
def test_slower_is_a_regression_only_beyond_the_noise(old: list[float], new: list[float], regressed: bool):
    found = ttft(old, new)
    assert found.regressed == regressed
    assert (found.noise is None) == (len(old) == 1)
    assert found.ratio == pytest.approx((sum(new) / len(new)) / (sum(old) / len(old)))


def test_less_success_is_a_regression_too():
    old, new = [run(1.0), run(1.0, success=0.99)], [run(1.0, success=0.9), run(1.0, success=0.91)]
    assert [each.name for each in differences(old, new) if each.regressed] == ["success"]
    assert not [each for each in differences(new, old) if each.regressed]


def test_only_loads_of_as_many_sessions_are_compared_and_none_is_said():
    old, new = [run(1.0, sessions=1), run(1.0)], [run(1.0), run(1.0, sessions=25)]
    assert {each.sessions for each in differences(old, new)} == {10}
    with pytest.raises(DragomanError, match="as many sessions"):
        differences([run(1.0, sessions=1)], [run(1.0)])
